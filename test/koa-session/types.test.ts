import test from 'ava'
import Koa, { type DefaultContext, type DefaultState } from 'koa'
import Router from 'koa-router'
import session, {
  type CreateSessionOptions,
  type Session,
  type SessionContext,
  type SessionStore,
} from '../../src/koa-session/index.ts'

interface State {
  user?: string
}

interface Custom {
  tenant: string
}

const options: CreateSessionOptions = { key: 'a', domain: 'example.com', path: '/', sameSite: true }
const syncStore: SessionStore = { get: (key: string) => key, set: () => true, destroy: () => {} }
class AsyncStore {
  async get(key: string, _maxAge: unknown): Promise<object> {
    return { key }
  }
  async set(_key: string, _session: object, _maxAge?: number): Promise<void> {}
  async destroy(_key: string): Promise<void> {}
}

test('the types of applications that use koa-session', (t) => {
  const plain = new Koa()
  plain.use(session(plain))
  plain.use((ctx) => {
    ctx.session.views = (ctx.session.views ?? 0) + 1
    ctx.session = null
  })
  // Chained, it is typed.
  const typed: Koa<DefaultState, DefaultContext & SessionContext> = new Koa().use(session(options, new Koa()))
  typed.use(async (ctx) => {
    const isNew: boolean = ctx.session.isNew
    const { key } = ctx.sessionOptions
    ctx.session['user'] = { isNew, key }
    ctx.session = { a: 1 }
    ctx.session = null
    await ctx.session.save()
  })
  const own = new Koa<State, Custom & SessionContext>()
  own.use(session(own, { store: syncStore, valid: (ctx, data) => ctx.path === data['path'] }))
  own.use((ctx) => void (ctx.session['tenant'] = ctx.tenant + ctx.state.user))
  const without = new Koa<State, Custom>()
  without
    .use(
      session(
        { store: new AsyncStore(), ContextStore: AsyncStore, beforeSave: (_ctx, { isNew }) => void isNew },
        without,
      ),
    )
    .use((ctx) => void (ctx.session['tenant'] = ctx.tenant))
  const router = new Router<State, SessionContext>()
  router.get('/', session(new Koa()), (ctx) => void (ctx.body = ctx.session.populated))
  const one: Session['maxAge'] = 'session'
  t.is(one, 'session')
  // @ts-expect-error -- no such lifetime
  t.throws(() => session({ maxAge: '1d' }, plain))
  // @ts-expect-error -- no application
  t.throws(() => session({ maxAge: 1 }))
})

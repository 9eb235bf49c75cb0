import test from 'ava'
import type { Context, Middleware } from 'koa'
import { MemoryStore, session, SessionConfigError } from '../../src/index.ts'
import Koa from '../helpers/koa.ts'
import { routes, tokenIn } from '../helpers/paths.ts'
import { listen, serve, visitor } from '../helpers/serve.ts'

/** What koa-mount does: the middleware of the inner application runs on the context of the outer one. */
const mount = (prefix: string, inner: Koa): Middleware => {
  const run = (ctx: Context, index: number, next: () => Promise<unknown>): Promise<unknown> => {
    const middleware = inner.middleware[index]
    return middleware ? Promise.resolve(middleware(ctx as never, () => run(ctx, index + 1, next))) : next()
  }
  return async (ctx, next) => {
    if (!ctx.path.startsWith(`${prefix}/`)) {
      await next()
      return
    }
    const outer = ctx.path
    ctx.path = outer.slice(prefix.length)
    await run(ctx, 0, async () => {
      ctx.path = outer
      await next()
      ctx.path = outer.slice(prefix.length)
    })
    ctx.path = outer
  }
}

const handler = routes({
  '/write': (ctx) => {
    ctx['session'].user = 'ann'
    ctx['admin'].role = 'root'
  },
  '/write-one': (ctx) => (ctx['admin'].role = 'root'),
  '/read': (ctx) => ({ session: { ...ctx['session'] }, admin: { ...ctx['admin'] } }),
  '/destroy-one': (ctx) => ctx['admin'].destroy(),
})

const twoNames = async (t: Parameters<typeof listen>[0]) => {
  const app = new Koa()
  const store = new MemoryStore()
  app.use(session(app, { store }))
  app.use(session(app, { store, as: 'admin' }))
  app.use(handler as Middleware)
  return visitor(await listen(t, app))
}

test('two sessions with two names live side by side', async (t) => {
  const browser = await twoNames(t)
  const answer = await browser.get('/write')
  t.deepEqual(new Set(answer.cookies.map((line) => line.split('=')[0])), new Set(['admin.sid', 'sid']))
  t.not(tokenIn(answer), tokenIn(answer, 'admin.sid'))
  t.deepEqual((await browser.get('/read')).body, { session: { user: 'ann' }, admin: { role: 'root' } })
})

test('one of two sessions begins and ends without the other', async (t) => {
  const browser = await twoNames(t)
  const answer = await browser.get('/write-one')
  t.deepEqual([tokenIn(answer), answer.cookies.length], [undefined, 1])
  await browser.get('/write')
  t.is(tokenIn(await browser.get('/destroy-one'), 'admin.sid'), '')
  t.deepEqual((await browser.get('/read')).body, { session: { user: 'ann' }, admin: {} })
})

const mounted = async (t: Parameters<typeof listen>[0]) => {
  const inner = new Koa()
  inner.use(session(inner, { as: 'admin' }))
  inner.use(handler as Middleware)
  const outer = new Koa()
  outer.use(session(outer))
  outer.use(mount('/admin', inner))
  outer.use((ctx) => (ctx.body = { admin: String(ctx['admin']), session: { ...ctx['session'] } }))
  return visitor(await listen(t, outer))
}

test('a mounted application has its session beside that of the outer one', async (t) => {
  const browser = await mounted(t)
  const { cookies } = await browser.get('/admin/write')
  t.deepEqual(new Set(cookies.map((line) => line.split('=')[0])), new Set(['admin.sid', 'sid']))
  t.deepEqual((await browser.get('/admin/read')).body, { session: { user: 'ann' }, admin: { role: 'root' } })
})

test('the session of a mounted application is undefined outside of it', async (t) => {
  const browser = await mounted(t)
  t.deepEqual((await browser.get('/')).body, { admin: 'undefined', session: {} })
  await browser.get('/admin/write')
  t.deepEqual((await browser.get('/')).body, { admin: 'undefined', session: { user: 'ann' } })
})

test('a mounted application may be the only one with a session', async (t) => {
  const inner = new Koa()
  inner.use(session(inner))
  inner.use((ctx) => (ctx.body = { views: (ctx['session'].views = (ctx['session'].views ?? 0) + 1) }))
  const outer = new Koa()
  outer.use(mount('/inner', inner))
  outer.use((ctx) => (ctx.body = { session: String(ctx['session']) }))
  const browser = visitor(await listen(t, outer))
  await browser.get('/inner/')
  t.deepEqual((await browser.get('/inner/')).body, { views: 2 })
  t.deepEqual((await browser.get('/')).body, { session: 'undefined' })
})

test('a second session of the same name on one request is an error', async (t) => {
  const app = new Koa()
  const errors: unknown[] = []
  app.on('error', (error) => errors.push(error))
  app.use(session(app))
  app.use(session(app))
  t.is((await visitor(await listen(t, app)).get('/')).status, 500)
  t.like(errors[0], { code: 'ERR_SESSION_NESTED' })
  t.regex(String(errors[0]), /option 'as'/)
})

test('a second session of the same name in a mounted application is an error', async (t) => {
  const inner = new Koa()
  inner.use(session(inner))
  const outer = new Koa()
  const errors: unknown[] = []
  outer.on('error', (error) => errors.push(error))
  outer.use(session(outer))
  outer.use(mount('/inner', inner))
  t.is((await visitor(await listen(t, outer)).get('/inner/')).status, 500)
  t.like(errors[0], { code: 'ERR_SESSION_NESTED' })
})

test('a sibling with other stages inside of its parent is an error that says what it can do', async (t) => {
  const app = new Koa()
  const errors: unknown[] = []
  app.on('error', (error) => errors.push(error))
  const sessions = session(app)
  app.use(sessions)
  app.use(sessions.with({ flashToState: true }))
  t.is((await visitor(await listen(t, app)).get('/')).status, 500)
  t.like(errors[0], { code: 'ERR_SESSION_NESTED' })
  t.regex(String(errors[0]), /concurrency/)
})

test('a session that other middleware has put there already is an error', async (t) => {
  const { visitor, errors } = await serve(t, handler, {}, (app) => {
    app.use((ctx, next) => {
      Object.defineProperty(ctx, 'session', { value: 'mine' })
      return next()
    })
  })
  t.is((await visitor().get('/read')).status, 500)
  t.like(errors[0], { code: 'ERR_SESSION_NESTED' })
})

for (const as of ['body', 'request', 'response', 'req', 'res', 'state', 'app', 'originalUrl', 'cookies']) {
  test(`the name ${as} belongs to Koa and is refused at start`, (t) => {
    const error = t.throws(() => session(new Koa(), { as }), { instanceOf: SessionConfigError })
    t.true(error.message.includes(`ctx.${as}`))
  })
}

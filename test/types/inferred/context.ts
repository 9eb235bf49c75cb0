// SessionContext<MyData>: applications and routers that say what their context holds.
import Koa from 'koa'
import Router from 'koa-router'
import {
  type NamedSession,
  session,
  type SessionContext,
  type SessionObject,
  type,
} from 'koa-session-pipeline'
import { equal } from './assert.ts'

interface MyData {
  views: number
}
interface State {
  user?: string
}

const app = new Koa<State, SessionContext<MyData>>()
app.use(session<MyData>(app))
app.use((ctx, next) => {
  equal<typeof ctx.session, SessionObject<MyData>>(true)
  equal<typeof ctx.state.user, string | undefined>(true)
  ctx.session = null
  // @ts-expect-error -- no such property of the context
  void ctx.nothing
  return next()
})

const router = new Router<State, SessionContext<MyData>>()
router.get('/:name', (ctx) => {
  equal<typeof ctx.session, SessionObject<MyData>>(true)
  equal<typeof ctx.session.views, number>(true)
  ctx.session.views += 1
  ctx.body = ctx.params['name']
  // @ts-expect-error -- no such key
  void ctx.session.visits
})
router.use(session<MyData>(app).with({ concurrency: 'last-write' }))
app.use(router.routes())

// Beside what else the context holds
interface Mine extends NamedSession<MyData> {
  log: (text: string) => void
}
const own = new Koa<State, Mine>()
own.use(session(own, { type: type<MyData>(), idleTimeout: '20m' }))
own.use((ctx) => ctx.log(String(ctx.session.views)))

// By another name, and by two
type Both = SessionContext<MyData> & SessionContext<{ role: string }, 'admin'>
const two = new Koa<State, Both>()
two.use(session<MyData>(two))
two.use(session(two, { as: 'admin', type: type<{ role: string }>() }))
two.use((ctx) => {
  equal<typeof ctx.session.views, number>(true)
  equal<typeof ctx.admin.role, string>(true)
  // @ts-expect-error -- the other one's
  void ctx.admin.views
})
new Koa()
  .use(session<MyData>(two))
  .use(session(two, { as: 'admin', type: type<{ role: string }>() }))
  .use((ctx) => [ctx.session.views satisfies number, ctx.admin.role satisfies string])
const one = new Koa<State, SessionContext<MyData, 'admin'>>()
one.use((ctx) => {
  // @ts-expect-error -- only under its name
  void ctx.session
})

// @ts-expect-error -- reserved names
void (0 as unknown as SessionContext<{ id: string }>)

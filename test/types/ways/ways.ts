// The ways in which users of Koa type their contexts, with the routers that they use. Nothing here is global.
import { Router } from '@koa/router'
import Koa, { type DefaultContext, type DefaultState, type Middleware, type ParameterizedContext } from 'koa'
import mount from 'koa-mount'
import OldRouter from 'koa-router'
import { session, type SessionContext, type SessionObject, type Sessions, type } from 'koa-session-pipeline'
import { equal } from '../inferred/assert.ts'

interface MyData {
  user?: string
  views: number
}
interface State {
  started: Date
}
type MyContext = SessionContext<MyData>

// The application says what its context holds
const app = new Koa<State, MyContext>()
app.use(session<MyData>(app))
app.use(session(app, { type: type<MyData>() }))
app.use(async (ctx, next) => {
  equal<typeof ctx.session, SessionObject<MyData>>(true)
  equal<typeof ctx.state.started, Date>(true)
  await next()
})
app.context.session.views satisfies number

// DefaultState and DefaultContext, with what else they allow
const loose = new Koa<DefaultState, DefaultContext & MyContext>()
loose.use(session<MyData>(loose)).use((ctx) => {
  equal<typeof ctx.session, SessionObject<MyData>>(true)
  ctx.anything.goes()
})

// @koa/router, typed by itself, by its middleware, and mounted on what is typed and what is not
const router = new Router<State, MyContext>({ prefix: '/users' })
router.get('/:name', (ctx) => {
  equal<typeof ctx.session, SessionObject<MyData>>(true)
  ctx.body = ctx.params['name']
})
router.post(
  '/',
  session<MyData>(app).with({ concurrency: 'lock' }),
  (ctx) => ctx.session.views satisfies number,
)
app.use(router.routes()).use(router.allowedMethods())
new Koa().use(session<MyData>(app)).use(router.routes())
new Router().use(session<MyData>(app)).get('/', (ctx) => {
  ctx.session.views = 1
})

// koa-router by the types of DefinitelyTyped
const old = new OldRouter<State, MyContext>()
old.get('/', (ctx) => {
  equal<typeof ctx.session, SessionObject<MyData>>(true)
})
old.use(session<MyData>(app))
app.use(old.routes()).use(old.allowedMethods())

// koa-mount, of an application and of middleware
const inner = new Koa<State, MyContext>()
inner.use((ctx) => ctx.session.views satisfies number)
app.use(mount('/inner', inner as unknown as Koa))
new Koa().use(mount('/shop', session(app)))

// Middleware as a constant of its own
const count: Middleware<State, MyContext> = (ctx, next) => {
  ctx.session.views += 1
  return next()
}
const countAnywhere: Koa.Middleware<DefaultState, DefaultContext & MyContext> = (ctx) => {
  ctx.session.views += 1
}
app.use(count)
loose.use(countAnywhere)
new Koa().use(session<MyData>(app)).use(countAnywhere)
const plain: Koa.Middleware = (ctx) => {
  ctx.session.views = 1
}
new Koa().use(plain).use(session(app)).use(plain)

// Functions that take the context
function login(ctx: ParameterizedContext<State, MyContext>, user: string): void {
  ctx.session.user = user
  ctx.body = ctx.session.user.length
}
function views({ session }: MyContext): number {
  return session.views
}
async function logout(ctx: Koa.Context & MyContext): Promise<void> {
  await ctx.session.destroy()
  ctx.session = null
  ctx.redirect('/')
}
app.use((ctx) => login(ctx, String(views(ctx))))
loose.use((ctx) => login(ctx, 'Ann'))
loose.use((ctx) => logout(ctx as Koa.Context & MyContext))

// Chains add up, in either order, beside the types of others
interface Logging {
  log: (text: string) => void
}
const logging: Middleware<object, Logging> = (ctx, next) => {
  ctx.log = () => {}
  return next()
}
new Koa<State>()
  .use(logging)
  .use(session<MyData>(app))
  .use(router.routes())
  .use((ctx) => {
    equal<typeof ctx.session.views, number>(true)
    ctx.log(String(ctx.state.started))
  })
new Koa<State, Logging>().use(session<MyData>(app)).use((ctx) => ctx.log(String(ctx.session.views)))

// Nothing typed: Koa's own any
const untyped = new Koa()
untyped.use(session(untyped))
untyped.use((ctx) => ctx.session.anything.goes())
export const handler = (ctx: Koa.Context): unknown => ctx['session'].anything

// Never null, in each of these ways
type NeverNull<Context extends { session: unknown }> = null extends Context['session'] ? false : true
equal<NeverNull<MyContext>, true>(true)
equal<NeverNull<ParameterizedContext<State, MyContext>>, true>(true)
equal<NeverNull<ParameterizedContext<DefaultState, DefaultContext & MyContext>>, true>(true)

// What session() returns can be named
const kept: Sessions<MyData> = session<MyData>(app)
export const all: Middleware<object, MyContext>[] = [kept, kept.with({ concurrency: 'last-write' })]

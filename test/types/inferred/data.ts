// The type of the data: by application, without touching anything global.
import Koa from 'koa'
import {
  type Hook,
  MemoryStore,
  type Session,
  session,
  type SessionContext,
  type SessionObject,
  type Stage,
  stage,
  type,
} from 'koa-session-pipeline'
import { equal, given } from './assert.ts'

interface MyData {
  views?: number
  user?: { name: string }
}
const app = new Koa()
const audit = stage('audit', function* () {})

// session<MyData>(app) types the chain of app.use()
new Koa().use(session<MyData>(app)).use((ctx) => {
  equal<typeof ctx.session, SessionObject<MyData>>(true)
  equal<typeof ctx.session.views, number | undefined>(true)
  ctx.session.views = (ctx.session.views ?? 0) + 1
  ctx.session.user = { name: 'bob' }
  delete ctx.session.user
  // @ts-expect-error -- no such key
  void ctx.session.visits
  // @ts-expect-error -- a number
  ctx.session.views = 'many'
})
session<MyData>(app, { store: new MemoryStore(), idleTimeout: '20m' })
// Required keys and type aliases do as well, and so does a loose type
type Alias = { cart: string[] }
new Koa().use(session<Alias>(app)).use(({ session }) => equal<typeof session.cart, string[]>(true))
new Koa().use(session<Record<string, unknown>>(app)).use(({ session }) => {
  session['anything'] = 5
  equal<(typeof session)['anything'], unknown>(true)
})

// type<MyData>() beside options whose types are inferred
const sessions = session(app, {
  type: type<MyData>(),
  stages: (defaults) => defaults.before('flash', audit).remove('verifyAddress'),
})
sessions.stages.get('audit')
new Koa().use(sessions).use(({ session }) => equal<typeof session.views, number | undefined>(true))
const admin = session(app, { type: type<MyData>(), as: 'admin' })
new Koa().use(admin).use((ctx) => equal<typeof ctx.admin.views, number | undefined>(true))

// Where nothing says what the data are, any key is allowed, as in flash
new Koa().use(session(app)).use((ctx) => {
  ctx.session.views = 1
  equal<typeof ctx.session.views, unknown>(true)
  equal<typeof ctx.session.flash.notice, unknown>(true)
  ctx.session.expireKey('views', '1h')
  ctx.session = { views: 1 }
  ctx.session = null
  void ctx.session.update((data) => (data.views = 2))
  // The members keep their types
  equal<typeof ctx.session.id, string>(true)
  // @ts-expect-error -- read-only
  ctx.session.id = 'mine'
  // @ts-expect-error -- a verb
  ctx.session.save = true
  // @ts-expect-error -- text is no data
  ctx.session = 'bob'
})
stage('loose', function* (_ctx, session) {
  session.data.views = 1
  equal<typeof session.data.views, unknown>(true)
  yield
})

// The data said beside options that are edited or renamed: what cannot be inferred then is loose
const edited = session<MyData>(app, {
  stages: (defaults) => defaults.before('flash', audit).remove('persist'),
})
equal<(typeof edited.stages.names)[number], string>(true)
new Koa().use(session<MyData>(app, { idleTimeout: '20m' })).use((ctx) => {
  equal<typeof ctx.session.views, number | undefined>(true)
})
const second = new Koa<object, SessionContext<MyData, 'admin'>>()
second.use(session<MyData>(app, { as: 'admin' })).use((ctx) => {
  equal<typeof ctx.admin.views, number | undefined>(true)
  // @ts-expect-error -- only under its name
  void ctx.session
})
second.use(session<MyData>(app, { as: 'admin', stages: (defaults) => defaults.append(audit) }))
// @ts-expect-error -- a mistake in the stages is still one
session<MyData>(app, { stages: (defaults) => defaults.before('flush', audit) })
// @ts-expect-error -- and so is no pipeline
session<MyData>(app, { stages: (defaults) => void defaults.append(audit) })
// @ts-expect-error -- and so is an unknown option
session<MyData>(app, { as: 'admin', rolling: true })
// @ts-expect-error -- and a reserved name
session<{ id: string }>(app, { as: 'admin' })

// An untyped application keeps the any of Koa
const untyped = new Koa()
untyped.use(session(untyped))
untyped.use((ctx) => {
  ctx.session.views = (ctx.session.views ?? 0) + 1
  ctx.anything.goes()
})

// Reserved names
// @ts-expect-error -- id is a member of the session
session<{ id: string }>(app)
// @ts-expect-error -- an optional key is a key
session<{ flash?: string }>(app)
// @ts-expect-error -- so is a verb
session(app, { type: type<{ save: boolean }>() })
// @ts-expect-error -- and what classes declare
session<{ views: number; expiresAt: Date }>(app)

// ctx.session is never null, and can be set to null
new Koa().use(session<MyData>(app)).use((ctx) => {
  equal<null extends typeof ctx.session ? true : false, false>(true)
  equal<undefined extends typeof ctx.session ? true : false, false>(true)
  ctx.session = null
  ctx.session = { views: 1 }
  // @ts-expect-error -- undefined is no data
  ctx.session = undefined
  // @ts-expect-error -- a number
  ctx.session = { views: 'many' }
  // @ts-expect-error -- text is no data
  ctx.session = 'bob'
})

// Spreading shows the data
equal<SessionObject<MyData>['user'], MyData['user']>(true)
given<(data: MyData) => void>()(given<SessionObject<MyData>>())

// stage<MyData>() types the data of the session that the hook is given
const typed = stage<MyData>('typed', function* (_ctx, session) {
  equal<typeof session.data.views, number | undefined>(true)
  session.data.views = 1
  given<(session: Session) => void>()(session)
  // @ts-expect-error -- no such key
  void session.data.visits
  // @ts-expect-error -- a number
  session.data.views = 'many'
  yield
})
equal<typeof typed, Stage>(true)
const named = stage<MyData, 'named'>('named', async function* (_ctx, session) {
  equal<typeof session.data.user, MyData['user']>(true)
  yield
})
equal<typeof named, Stage<'named'>>(true)
session<MyData>(app, { stages: (defaults) => defaults.append(named).remove('named') })
// @ts-expect-error -- id is a member of the session
stage<{ id: string }>('reserved', function* () {})
// A hook of any type names its stage
equal<ReturnType<typeof naming>, Stage<'hooked'>>(true)
const naming = () => stage('hooked', given<Hook>())

// Merging into Koa's DefaultContext: every application that says nothing of its own context has a typed session.
import { Router } from '@koa/router'
import Koa, { type Context, type Middleware } from 'koa'
import { session, type SessionContext, type SessionObject } from 'koa-session-pipeline'
import { equal } from '../inferred/assert.ts'

interface MyData {
  views?: number
}

declare module 'koa' {
  interface DefaultContext extends SessionContext<MyData> {}
}

const app = new Koa()
app.use(session<MyData>(app))
app.use((ctx) => {
  equal<typeof ctx.session, SessionObject<MyData>>(true)
  ctx.session.views = (ctx.session.views ?? 0) + 1
  ctx.session = null
  ctx.anything.goes()
  // @ts-expect-error -- no such key
  void ctx.session.visits
})
new Router().get('/', (ctx) => {
  equal<typeof ctx.session, SessionObject<MyData>>(true)
})
export const views = (ctx: Context): number | undefined => ctx.session.views
export const count: Middleware = (ctx) => {
  equal<typeof ctx.session, SessionObject<MyData>>(true)
}

// An application with a context of its own has what that says
new Koa<object, { mine: string }>().use((ctx) => {
  // @ts-expect-error -- no session there
  void ctx.session
})

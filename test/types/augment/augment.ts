// The opt-in import puts ctx.session on the context of every application.
import 'koa-session-pipeline/augment'
import Koa, { type Context } from 'koa'
import Router from 'koa-router'
import { session, type SessionData } from 'koa-session-pipeline'

declare module 'koa-session-pipeline' {
  interface SessionData {
    views?: number
  }
}

const app = new Koa()
app.use(session(app))
app.use((ctx) => {
  ctx.session.views satisfies number | undefined
  ctx.session = null
  ctx.session = { views: 1 }
  void ctx.session.save()
  // @ts-expect-error -- a number
  ctx.session.views = 'many'
  // @ts-expect-error -- no such key
  void ctx.session.visits
  // The rest stays as loose as Koa has it.
  ctx.anything.goes()
})

new Koa<{ user: string }, object>().use((ctx) => ctx.session.views satisfies number | undefined)
new Router().get('/', (ctx) => ctx.session.views satisfies number | undefined)
new Router<{ user: string }>().get('/', (ctx) => ctx.session.views satisfies number | undefined)

export const views = (ctx: Context): number | undefined => ctx.session.views
export const data: SessionData = {}

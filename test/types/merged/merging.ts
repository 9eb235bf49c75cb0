// Declaration merging: the data of the whole program, said once.
import Koa from 'koa'
import Router from 'koa-router'
import {
  type Flash,
  session,
  type SessionContext,
  type SessionData,
  type SessionObject,
} from 'koa-session-pipeline'

declare module 'koa-session-pipeline' {
  interface SessionData {
    views?: number
  }
  interface FlashData {
    notice: string
  }
}

const app = new Koa()
app.use(session(app))

const typed = new Koa().use(session(app)).use((ctx) => {
  ctx.session.views = (ctx.session.views ?? 0) + 1
  ctx.session.views satisfies number | undefined
  ctx.session.flash.notice = 'Saved'
  ctx.session.flash.notice satisfies string | undefined
  ctx.session.flash = {}
  ctx.session.keepFlash('notice')
  ctx.session.expireKey('views', '1h')
  // @ts-expect-error -- no such key
  void ctx.session.visits
  // @ts-expect-error -- no such message
  void ctx.session.flash.warning
  // @ts-expect-error -- no such message
  ctx.session.keepFlash('warning')
  // @ts-expect-error -- text
  ctx.session.flash.notice = 5
  // @ts-expect-error -- no such key
  ctx.session.expireKey('visits', '1h')
})

// A type of the application's own stands alone
typed.use(session<{ cart: string[] }>(app)).use((ctx) => ctx.session.cart satisfies string[])

const router = new Router<object, SessionContext>()
router.get('/', (ctx) => ctx.session.views satisfies number | undefined)

export const data: SessionData = { views: 1 }
export const flash: Flash = { notice: 'Saved' }
export const views = (shown: SessionObject): number | undefined => shown.views

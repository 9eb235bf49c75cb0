// Beside koa-session, its types and those of express-session and koa-passport, which say much of sessions.
import { Router } from '@koa/router'
import type { Request } from 'express'
import 'express-session'
import Koa from 'koa'
import passport from 'koa-passport'
import koaSession from 'koa-session'
import type { Session as Theirs } from 'koa-session-types'
import {
  session,
  type SessionContext,
  type SessionData,
  type SessionObject,
  type,
} from 'koa-session-pipeline'
import { createSession, type SessionContext as DropIn } from 'koa-session-pipeline/koa-session'
import { equal } from '../inferred/assert.ts'

interface MyData {
  user?: string
  views: number
}

declare module 'koa-session-pipeline' {
  interface SessionData {
    cart?: string[]
  }
}
declare module 'express-session' {
  interface SessionData {
    old?: boolean
  }
}

// A context that says nothing has what @types/koa-session says
const theirs = new Koa()
theirs.use(koaSession({ key: 'app.sess' }, theirs))
theirs.use((ctx) => {
  equal<typeof ctx.session, Theirs | null>(true)
})

// Ours is typed, and never null, in each way of saying so
const app = new Koa<object, SessionContext<MyData>>()
app.use(session<MyData>(app))
app.use(passport.initialize())
app.use(passport.session())
app.use((ctx) => {
  equal<null extends typeof ctx.session ? true : false, false>(true)
  equal<typeof ctx.session.views, number>(true)
  ctx.session.user = 'Ann'
  ctx.session.flash.notice = 'Saved'
  void ctx.session.changeId().then(() => ctx.login({ name: 'Ann' }))
  ctx.session = null
  // @ts-expect-error -- it would have to be a session of theirs as well
  ctx.session = { views: 1 }
  Object.assign(ctx.session, { views: 1 })
})
new Koa().use(session(app, { type: type<MyData>() })).use((ctx) => {
  equal<null extends typeof ctx.session ? true : false, false>(true)
  equal<typeof ctx.session.views, number>(true)
})
new Koa().use(session(app)).use((ctx) => {
  equal<typeof ctx.session.cart, string[] | undefined>(true)
})
new Router<object, SessionContext<MyData>>().get('/', (ctx) => {
  equal<typeof ctx.session.views, number>(true)
})
export const views = (shown: SessionObject<MyData>): number => shown.views
export const data: SessionData = { cart: [] }

// The drop-in
const dropIn = new Koa<object, DropIn>()
dropIn.use(createSession({ key: 'app.sess' }, dropIn)).use((ctx) => {
  equal<null extends typeof ctx.session ? true : false, false>(true)
  equal<typeof ctx.session.isNew, boolean>(true)
})

// The data of express-session are those of express alone
export const old = (req: Request): boolean | undefined => req.session.old
// @ts-expect-error -- no such key
export const none: SessionData = { old: true }

import { setImmediate, setTimeout } from 'node:timers/promises'
import Koa, { type Context } from 'koa'
import { session, type SessionData, type SessionOptions } from '../../src/index.ts'

/** Slow enough for other requests to come in between. */
const MOMENT = 3

export type Routes = Readonly<Record<string, (ctx: Context) => unknown>>

const routes: Routes = {
  '/start': (ctx) => {
    ctx.session.count = 0
  },
  // Everything that a record can hold.
  '/seed': (ctx) => {
    ctx.session.nested = { list: [1, 'two', null] }
    ctx.session.flash.notice = 'Saved'
    ctx.session.expireKey('count', '1h')
    ctx.session.idleTimeout = '1h'
    ctx.session.absoluteTimeout = '2h'
  },
  async '/increment'(ctx) {
    return ctx.session.update((data: { count?: number }) => (data.count = (data.count ?? 0) + 1))
  },
  // Reads, thinks, writes: what loses updates without a lock.
  async '/plain-increment'(ctx) {
    const count: number = ctx.session.count ?? 0
    await setImmediate()
    ctx.session.count = count + 1
    return count + 1
  },
  async '/put'(ctx) {
    const { key, value = '1' } = ctx.query
    await setTimeout(Math.random() * MOMENT)
    ctx.session[String(key)] = Number(value)
  },
  async '/fill'(ctx) {
    ctx.session.filler = 'x'.repeat(Number(ctx.query['size']))
  },
  async '/touch'(ctx) {
    await ctx.session.touch()
  },
  async '/destroy'(ctx) {
    await ctx.session.destroy('asked')
  },
  async '/change-id'(ctx) {
    await ctx.session.changeId()
  },
  '/data': (ctx) => ({
    ...ctx.session,
    isNew: ctx.session.isNew,
    expiresAt: ctx.session.expiresAt?.getTime(),
  }),
}

/** What a proof program asks over HTTP, `own` before the rest. An error is answered with its status and its code. */
export function application(options: SessionOptions<SessionData, string>, own: Routes = {}): Koa {
  const app = new Koa()
  app.silent = true
  app.use(async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      const { status = 500, code, stack } = error as { status?: number; code?: string; stack?: string }
      ctx.status = status
      ctx.body = { code, stack: status === 500 ? stack : undefined }
    }
  })
  app.use(session(app, options))
  app.use(async (ctx) => {
    const result = await (own[ctx.path] ?? routes[ctx.path])?.(ctx)
    ctx.body = { result: result ?? null }
  })
  return app
}

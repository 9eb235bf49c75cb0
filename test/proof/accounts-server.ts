import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import Koa, { type Context } from 'koa'
import { type AccountSessions, accountSessions } from '../../src/accounts/index.ts'
import { FileStore, session } from '../../src/index.ts'

/* One of several processes that serve the same accounts: on one port without a limit, on another one with `max: 5`. */
const [dir = ''] = process.argv.slice(2)
const store = new FileStore({ dir, sweepInterval: false })

/** Slow enough for others to come in between. */
const moment = (): Promise<void> => setTimeout(Math.random() * 60)

type Routes = Readonly<Record<string, (ctx: Context, accounts: AccountSessions) => unknown>>

const routes: Routes = {
  async '/login'(ctx) {
    const { user, regenerate, save } = ctx.query
    await moment()
    if (regenerate !== undefined) await ctx.session.regenerate()
    const before = Date.now()
    ctx.session.user = user
    const after = Date.now()
    if (save !== undefined) await ctx.session.save()
    await moment()
    return { before, after }
  },
  async '/slow'(ctx) {
    ctx.session.slow = Math.random()
    await moment()
  },
  async '/change-id'(ctx) {
    await moment()
    await ctx.session.changeId()
  },
  async '/regenerate'(ctx) {
    await moment()
    await ctx.session.regenerate({ keep: true })
    ctx.session.kept = Math.random()
  },
  async '/refresh'(ctx) {
    await ctx.session.touch()
    await moment()
  },
  '/me': (ctx) => ({ user: ctx.session.user ?? null, reason: ctx.session.endReason }),
  async '/end-all'(ctx, accounts) {
    const began = Date.now()
    await accounts.endAll(String(ctx.query['user']))
    return { began, ended: Date.now() }
  },
  '/list': async (ctx, accounts) => (await accounts.list(String(ctx.query['user']))).length,
}

function serve(max?: number): Koa {
  const app = new Koa()
  app.silent = true
  const accounts = accountSessions({
    store,
    subject: ({ data }) => data['user'],
    ...(max !== undefined && { max }),
  })
  app.use(async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      const { status = 500, code, stack } = error as { status?: number; code?: string; stack?: string }
      ctx.status = status
      ctx.body = { code, stack: status === 500 ? stack : undefined }
    }
  })
  app.use(session(app, { store, stages: (defaults) => defaults.after('persist', accounts.stage) }))
  app.use(async (ctx) => {
    ctx.body = { result: (await routes[ctx.path]?.(ctx, accounts)) ?? null }
  })
  return app
}

const urls: string[] = []
for (const app of [serve(), serve(5)]) {
  const server = app.listen(0, '127.0.0.1')
  server.keepAliveTimeout = 0
  await once(server, 'listening')
  urls.push(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
}
process.send?.(urls)
process.once('disconnect', () => process.exit())

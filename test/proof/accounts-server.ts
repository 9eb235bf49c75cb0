import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import type Koa from 'koa'
import { type AccountSessions, accountSessions } from '../../src/accounts/index.ts'
import { FileStore } from '../../src/index.ts'
import { application, type Routes } from './application.ts'

/* One of several processes that serve the same accounts: on one port without a limit, on another one with `max: 5`. */
const [dir = ''] = process.argv.slice(2)
const store = new FileStore({ dir, sweepInterval: false })

/** Slow enough for others to come in between. */
const moment = (): Promise<void> => setTimeout(Math.random() * 60)

const routesOf = (accounts: AccountSessions): Routes => ({
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
  async '/end-all'(ctx) {
    const began = Date.now()
    await accounts.endAll(String(ctx.query['user']))
    return { began, ended: Date.now() }
  },
  '/list': async (ctx) => (await accounts.list(String(ctx.query['user']))).length,
})

function serve(max?: number): Koa {
  const accounts = accountSessions({
    store,
    subject: ({ data }) => data['user'],
    ...(max !== undefined && { max }),
  })
  return application(
    { store, stages: (defaults) => defaults.after('persist', accounts.stage) },
    routesOf(accounts),
  )
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

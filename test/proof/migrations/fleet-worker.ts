import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Context } from 'koa'
import { FileStore, type SessionData, type SessionOptions } from '../../../src/index.ts'
import { migrations } from '../../../src/migrations/index.ts'
import { application } from '../application.ts'

/* One of several processes on the sessions of one folder, with the code of one version. */

const [dir = '', kind = ''] = process.argv.slice(2)
const store = new FileStore({ dir, sweepInterval: false })

const one = migrations({ version: 1, steps: {}, newer: 'show' })
const two = migrations({
  version: 2,
  // The old key stays as long as there are processes that read it.
  steps: { 2: (data: { name?: string }) => ({ ...data, user: { name: data.name } }) },
})

const STAGES: Readonly<Record<string, SessionOptions<SessionData, string>['stages']>> = {
  old: (defaults) => defaults.after('persist', one),
  new: (defaults) => defaults.after('persist', two),
}

const isNew = kind === 'new'
const routes = {
  async '/login'(ctx: Context) {
    const { name } = ctx.query
    await ctx.session.regenerate()
    ctx.session.name = name
    if (isNew) ctx.session.user = { name }
  },
  '/who': ({ session }: Context) => ({
    name: isNew ? (session.user.name as string) : (session.name as string),
    newer: session.user !== undefined,
  }),
}

const stages = STAGES[kind]
const app = application({ store, ...(stages && { stages }) }, routes)
const server = app.listen(0, '127.0.0.1')
server.keepAliveTimeout = 0
await once(server, 'listening')
process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
process.once('disconnect', () => process.exit())

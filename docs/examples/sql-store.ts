import knex from 'knex'
import Koa from 'koa'
import { session } from 'koa-session-pipeline'
import { SqlStore } from 'koa-session-pipeline/stores/sql'

// With a server: knex({ client: 'pg', connection: process.env['DATABASE_URL'] })
const database = knex({
  client: 'better-sqlite3',
  connection: { filename: ':memory:' },
  useNullAsDefault: true,
})
const store = new SqlStore({ knex: database })
await store.migrate()

const app = new Koa()
app.use(session(app, { store }))
app.use(async (ctx) => {
  const views = await ctx.session.update((data: { views?: number }) => (data.views = (data.views ?? 0) + 1))
  ctx.body = `${views} views`
})

export const server = app.listen(process.env['PORT'] ?? 3000)

server.once('close', async () => {
  await store.close()
  await database.destroy()
})

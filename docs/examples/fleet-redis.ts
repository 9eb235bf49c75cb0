import Koa from 'koa'
import { session } from 'koa-session-pipeline'
import { RedisStore } from 'koa-session-pipeline/stores/redis'
import { createClient } from 'redis'

// Start it as often as you like, on as many machines as you like: they serve the same sessions.
const client = createClient({
  url: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379',
  socket: { reconnectStrategy: (retries) => Math.min(50 * retries, 500) }, // soon back after a restart
})
client.on('error', (error) => console.error(`Redis: ${error}`))
await client.connect()

const store = new RedisStore({ client, prefix: 'shop:' })
await store.verify() // a server that is too old, a replica, or one that throws sessions away: better now than later

const app = new Koa()
app.use(session(app, { store }))
app.use(async (ctx) => {
  const views: unknown = await ctx.session.update(
    (data: { views?: number }) => (data.views = (data.views ?? 0) + 1),
  )
  ctx.body = `${String(views)} views, counted by all of us`
})

export const server = app.listen(process.env['PORT'] ?? 3000)

process.once('SIGTERM', () => server.close())
server.once('close', () => {
  store.close() // leaves the client to you
  client.destroy()
})

import Koa from 'koa'
import { FileStore, session } from 'koa-session-pipeline'

// Start the program twice on one machine, with two ports and one folder: both processes serve the same sessions.
//   PORT=3001 node two-processes.js & PORT=3002 node two-processes.js
const store = new FileStore({ dir: process.env['SESSION_DIR'] ?? 'sessions' })

const app = new Koa()
app.use(session<{ views?: number }>(app, { store })).use(async (ctx) => {
  // Exact, whichever processes count at the same time.
  const views = await ctx.session.update((data) => (data.views = (data.views ?? 0) + 1))
  ctx.body = { views, process: process.pid }
})

export const server = app.listen(process.env['PORT'] ?? 3000, () => process.send?.(server.address()))

server.once('close', () => store.close())
process.once('SIGTERM', () => server.close())

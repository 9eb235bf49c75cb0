import Koa from 'koa'
import { HeaderState, session } from 'koa-session-pipeline'

const app = new Koa()

// The client keeps the value of X-Session-Token from the last answer that had one, and sends it along.
app
  .use(session<{ calls?: number }>(app, { state: new HeaderState(), idleTimeout: '10m' }))
  .use(async (ctx) => {
    if (ctx.method === 'DELETE') {
      await ctx.session.destroy()
      ctx.status = 204
      return
    }
    const calls = await ctx.session.update((data) => (data.calls = (data.calls ?? 0) + 1))
    ctx.body = { calls, id: ctx.session.id }
  })

export const server = app.listen(process.env['PORT'] ?? 3000)

import Koa from 'koa'
import { session } from 'koa-session-pipeline'

const app = new Koa()

app.use(session(app))
app.use((ctx) => {
  ctx.session.views = (ctx.session.views ?? 0) + 1
  ctx.body = `${ctx.session.views} views`
})

export const server = app.listen(process.env['PORT'] ?? 3000)

import Koa from 'koa'
import { session, type } from 'koa-session-pipeline'

const app = new Koa()

// The visitor's, in the cookie `sid`; and the administrator's, in `admin.sid`, which is sent to /admin alone,
// ends much earlier, and has a store of its own.
app
  .use(session<{ views?: number }>(app))
  .use(
    session(app, {
      as: 'admin',
      type: type<{ actions?: number }>(),
      idleTimeout: '10m',
      cookie: { path: '/admin', sameSite: 'strict' },
    }),
  )
  .use((ctx) => {
    if (ctx.path === '/admin') ctx.admin.actions = (ctx.admin.actions ?? 0) + 1
    else ctx.session.views = (ctx.session.views ?? 0) + 1
    ctx.body = { views: ctx.session.views ?? 0, actions: ctx.admin.actions ?? 0 }
  })

export const server = app.listen(process.env['PORT'] ?? 3000)

import Koa from 'koa'
import { session, stage } from 'koa-session-pipeline'

/** What was asked, of which session, and how it went. Never the token. */
export const log: object[] = []

const audit = stage('audit', async function* (ctx, session) {
  const began = performance.now()
  let thrown: unknown
  try {
    yield // the stages further in, and the handler
  } catch (error) {
    thrown = error
    throw error // not ours to handle
  } finally {
    log.push({
      path: ctx.path,
      status: thrown === undefined ? ctx.status : 'failed',
      session: session.stored ? session.id : undefined,
      ended: session.endReason,
      ms: performance.now() - began,
    })
  }
})

export const app = new Koa()

app.use(session(app, { stages: (defaults) => defaults.before('persist', audit) }))
app.use(async (ctx) => {
  if (ctx.path === '/fail') ctx.throw(500)
  if (ctx.path === '/end') await ctx.session.destroy('asked for')
  else ctx.session.path = ctx.path
  ctx.status = 204
})

export const server = app.listen(process.env['PORT'] ?? 3000)

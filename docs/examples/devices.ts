import { bodyParser } from '@koa/bodyparser'
import Koa, { type DefaultState } from 'koa'
import Router from 'koa-router'
import { MemoryStore, session, type SessionContext } from 'koa-session-pipeline'
import { accountSessions } from 'koa-session-pipeline/accounts'

type Visit = { user?: string }
const store = new MemoryStore()
const accounts = accountSessions<Visit>({ store, subject: ({ data }) => data.user, max: 5 })
const app = new Koa()
const sessions = session<Visit>(app, { store, stages: (all) => all.after('persist', accounts.stage) })
const router = new Router<DefaultState, SessionContext<Visit>>()

router.post('/login', async (ctx) => {
  await ctx.session.regenerate()
  ctx.session.user = String((ctx.request.body as { user: unknown }).user) // check the password first
  ctx.status = 204
})

router.use(async (ctx, next) => {
  if (ctx.session.user === undefined) ctx.throw(401, ctx.session.endReason ?? 'Log in.')
  await next()
})

router.get('/devices', async (ctx) => {
  ctx.body = await accounts.list(ctx.session.user!, { current: ctx.session.id })
})

router.delete('/devices/:id', async (ctx) => {
  await accounts.end(ctx.session.user!, ctx.params['id']!) // 404 for somebody else's
  ctx.status = 204
})

router.delete('/devices', async (ctx) => {
  await accounts.endAll(ctx.session.user!, { except: ctx.session.id })
  ctx.status = 204
})

app.use(bodyParser()).use(sessions).use(router.routes())
export const server = app.listen(process.env['PORT'] ?? 3000)

import { bodyParser } from '@koa/bodyparser'
import Koa, { type DefaultState, type Next, type ParameterizedContext } from 'koa'
import Router from 'koa-router'
import { session, type SessionContext } from 'koa-session-pipeline'

type Visit = { user?: string; sudo?: true }
type Ctx = ParameterizedContext<DefaultState, SessionContext<Visit>>

const app = new Koa()
const router = new Router<DefaultState, SessionContext<Visit>>()

/** Stands before what needs a password that was given a moment ago. */
function sudo(ctx: Ctx, next: Next): Promise<void> {
  return ctx.session.sudo ? next() : ctx.throw(403, 'Give your password again.')
}

router.post('/login', async (ctx) => {
  await ctx.session.regenerate()
  ctx.session.user = String((ctx.request.body as { user: unknown }).user) // check the password first
  ctx.status = 204
})

router.post('/sudo', async (ctx) => {
  if ((ctx.request.body as { password: unknown }).password !== 'open sesame')
    ctx.throw(403, 'Wrong password.')
  await ctx.session.changeId() // rights change, so the token does
  ctx.session.sudo = true
  ctx.session.expireKey('sudo', '10m') // whatever the visitor does meanwhile
  ctx.status = 204
})

router.delete('/account', sudo, (ctx) => {
  ctx.body = `${ctx.session.user} is gone`
})

app.use(bodyParser()).use(session<Visit>(app)).use(router.routes())

export const server = app.listen(process.env['PORT'] ?? 3000)

import { bodyParser } from '@koa/bodyparser'
import Koa, { type DefaultState } from 'koa'
import Router from 'koa-router'
import { session, type SessionContext } from 'koa-session-pipeline'

type Visit = { user?: string; cart?: string[] }

const app = new Koa()
const router = new Router<DefaultState, SessionContext<Visit>>()

router.get('/', (ctx) => {
  const { user, cart, flash } = ctx.session
  ctx.body = { user: user ?? null, cart: cart ?? [], notice: flash['notice'] ?? null }
})

router.post('/cart', (ctx) => {
  ctx.session.cart = [...(ctx.session.cart ?? []), 'tea']
  ctx.status = 204
})

router.post('/login', async (ctx) => {
  const { user, password } = ctx.request.body as Record<string, unknown>
  if (password !== 'open sesame') ctx.throw(401, 'Wrong name or password.')
  await ctx.session.regenerate({ keep: ['cart'] }) // whoever knew the former token stays outside
  ctx.session.user = String(user)
  ctx.redirect('/')
})

router.post('/logout', async (ctx) => {
  await ctx.session.destroy('logout')
  ctx.session.flash['notice'] = 'Good-bye.' // begins a new session, for the message alone
  ctx.redirect('/')
})

app.use(bodyParser()).use(session<Visit>(app)).use(router.routes())

export const server = app.listen(process.env['PORT'] ?? 3000)

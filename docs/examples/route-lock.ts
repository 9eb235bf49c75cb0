import { setTimeout } from 'node:timers/promises'
import Koa, { type DefaultState } from 'koa'
import Router from 'koa-router'
import { session, type SessionContext } from 'koa-session-pipeline'

type Visit = { cart?: string[]; orders?: string[][] }

const app = new Koa()
const sessions = session<Visit>(app)
const router = new Router<DefaultState, SessionContext<Visit>>()

router.post('/cart', (ctx) => {
  ctx.session.cart = [...(ctx.session.cart ?? []), 'tea'] // overlapping requests are merged
  ctx.status = 204
})

// Two clicks on the button are two requests. The second request waits, and then finds an empty cart.
router.post('/checkout', sessions.with({ concurrency: 'lock' }), async (ctx) => {
  const { cart = [], orders = [] } = ctx.session
  if (cart.length === 0) ctx.throw(409, 'The cart is empty.')
  await setTimeout(20) // the bank takes its time
  ctx.session.orders = [...orders, cart]
  ctx.session.cart = []
  ctx.body = { ordered: cart }
})

router.get('/orders', (ctx) => {
  ctx.body = { orders: ctx.session.orders ?? [] }
})

app.use(sessions).use(router.routes())

export const server = app.listen(process.env['PORT'] ?? 3000)

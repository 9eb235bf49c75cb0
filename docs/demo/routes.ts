import type { DefaultState } from 'koa'
import Router from 'koa-router'
import type { Pipeline, SessionContext } from 'koa-session-pipeline'
import { cartPage, counterPage, layout, loginPage, missingPage, PRODUCTS, stagesPage } from './pages.ts'
import type { Visit } from './sessions.ts'

const BUILT_IN = [
  'identify',
  'persist',
  'verifyAddress',
  'verifyUserAgent',
  'expireKeys',
  'extendExpiry',
  'flash',
]

/**
 * The pages. Whatever changes something is a POST, and the session cookie is `SameSite=Lax`: a form on
 * another site can be sent here, but arrives without the cookie. That is this demo's protection against CSRF.
 */
export function routes(stages: Pipeline): Router<DefaultState, SessionContext<Visit>> {
  const router = new Router<DefaultState, SessionContext<Visit>>()

  router.get('/', (ctx) => {
    ctx.session.views = (ctx.session.views ?? 0) + 1
    ctx.body = layout('Counter', ctx.path, ctx.session, counterPage(ctx.session.views))
  })

  router.get('/login', (ctx) => {
    ctx.body = layout('Login', ctx.path, ctx.session, loginPage(ctx.session.user))
  })

  router.post('/login', async (ctx) => {
    const name = field(ctx, 'name').trim()
    if (name === '' || name.length > 40) {
      ctx.session.flash['error'] = 'Please give a name of at most 40 characters.'
      return seeOther(ctx, '/login')
    }
    // A new session for the new rights; what an anonymous visitor may keep is said one by one.
    await ctx.session.regenerate({ keep: ['cart', 'views'] })
    ctx.session.user = name
    ctx.session.flash['notice'] = `Welcome, ${name}. Your session has a new id.`
    seeOther(ctx, '/')
  })

  router.post('/logout', async (ctx) => {
    await ctx.session.destroy('logout')
    // Written after the end, so it begins a new, anonymous session, which carries the message.
    ctx.session.flash['notice'] = 'You are logged out, and the session is destroyed.'
    seeOther(ctx, '/login')
  })

  router.get('/cart', (ctx) => {
    ctx.body = layout('Cart', ctx.path, ctx.session, cartPage(ctx.session.cart ?? {}))
  })

  router.post('/cart', async (ctx) => {
    const product = field(ctx, 'product')
    const name = Object.hasOwn(PRODUCTS, product) ? PRODUCTS[product] : undefined
    if (name === undefined) ctx.throw(400, 'There is no such product.')
    // Atomic, so that two clicks at the same moment count as two.
    await ctx.session.update((data) => {
      data.cart = { ...data.cart, [product]: (data.cart?.[product] ?? 0) + 1 }
    })
    ctx.session.flash['notice'] = `${name} is in your cart.`
    seeOther(ctx, '/cart')
  })

  router.get('/stages', (ctx) => {
    ctx.body = layout('Stages', ctx.path, ctx.session, stagesPage(stages, BUILT_IN))
  })

  router.get('/{*rest}', (ctx) => {
    ctx.status = 404
    ctx.body = layout('Not found', ctx.path, ctx.session, missingPage())
  })

  return router
}

interface Answer {
  readonly request: object
  status: number
  redirect(url: string): void
}

/** A field of the posted form; `''` for what is absent or given twice. */
function field({ request }: Answer, name: string): string {
  const { body } = request as { body?: Record<string, unknown> }
  const value = body?.[name]
  return typeof value === 'string' ? value : ''
}

/** After a POST the browser is sent on by GET, so that reloading repeats nothing. */
function seeOther(ctx: Answer, path: string): void {
  ctx.status = 303
  ctx.redirect(path)
}

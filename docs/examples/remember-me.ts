import { bodyParser } from '@koa/bodyparser'
import Koa, { type DefaultState } from 'koa'
import Router from 'koa-router'
import { FileStore, session, type SessionContext } from 'koa-session-pipeline'

type Visit = { user?: string }

const app = new Koa()
const router = new Router<DefaultState, SessionContext<Visit>>()

router.get('/', (ctx) => {
  const { user, expiresAt, persistent } = ctx.session
  ctx.body = { user: user ?? null, expiresAt: expiresAt ?? null, remembered: persistent ?? false }
})

router.post('/login', async (ctx) => {
  const { user, remember } = ctx.request.body as { user: string; remember?: string }
  await ctx.session.regenerate() // a new token for new rights
  ctx.session.user = user // after you have checked the password
  if (remember === 'on') {
    ctx.session.persistent = true // the cookie outlives the browser
    ctx.session.idleTimeout = '14d' // two weeks without a visit are fine
    ctx.session.absoluteTimeout = '90d' // after three months the password is asked again
  }
  ctx.redirect('/')
})

router.post('/logout', async (ctx) => {
  await ctx.session.destroy('logout')
  ctx.redirect('/')
})

export const store = new FileStore({ dir: process.env['SESSION_DIR'] ?? 'sessions' })
app
  .use(bodyParser())
  .use(session<Visit>(app, { store, idleTimeout: '2h' }))
  .use(router.routes())

export const server = app.listen(process.env['PORT'] ?? 3000)

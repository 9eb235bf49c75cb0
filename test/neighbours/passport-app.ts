import { bodyParser } from '@koa/bodyparser'
import { Router } from '@koa/router'
import type { ExecutionContext } from 'ava'
import koaPassport from 'koa-passport'
import { Strategy } from 'passport-local'
import type { Sessions } from '../../src/index.ts'
import type { Loose } from '../helpers/paths.ts'
import { type Pause, pause } from '../helpers/pause.ts'
import { serve, type Served } from '../helpers/serve.ts'
import { type Carrier, Client } from './carriers.ts'

export const ANN = { username: 'ann', password: 'secret' }

/** What koa-router, Passport and the application have for middleware. */
type Middleware = (ctx: Loose, next: () => Promise<unknown>) => unknown

export interface Application extends Served {
  readonly client: () => Client
  /** Where a request with `?wait` stops, when its session has been loaded. */
  readonly waiting: Pause
}

/** Passport with one strategy, made anew for each application. */
function passportLocal(): InstanceType<typeof koaPassport.KoaPassport> {
  const passport = new koaPassport.KoaPassport()
  passport.serializeUser((user, done) => done(null, (user as { name: string }).name))
  passport.deserializeUser((name, done) => done(null, { name: name as string }))
  passport.use(
    new Strategy((name, password, done) => done(null, password === ANN.password ? { name } : false)),
  )
  return passport
}

/**
 * An application with a login by password, as the documents of Passport show it. `guard` makes what goes before
 * login and logout.
 */
export async function passportApp(
  t: ExecutionContext,
  carrier: Carrier,
  options: object,
  guard: (sessions: () => Sessions<object, string>) => Middleware = () => (_ctx, next) => next(),
): Promise<Application> {
  const passport = passportLocal()
  const waiting = pause()
  const guarded = guard(() => served.sessions)

  const show: Middleware = async (ctx) => {
    const { user } = ctx.state
    const link = await carrier.link(ctx)
    ctx.body = { user: user?.name ?? 'nobody', cart: ctx.session.cart ?? [], link }
  }
  const router = new Router()
  router.use(passport.initialize(), passport.session(), async (ctx, next) => {
    if (ctx.query['wait'] !== undefined) await waiting.here()
    await next()
  })
  const each: Record<string, Middleware> = {
    '/cart': (ctx, next) => {
      ctx.session.cart = ['tea']
      return next()
    },
    '/login': (ctx, next) =>
      (passport.authenticate('local', { keepSessionInfo: ctx.query.keep !== undefined }) as Middleware)(
        ctx,
        next,
      ),
    '/logout': async (ctx, next) => {
      await ctx.logout({ keepSessionInfo: ctx.query.keep !== undefined })
      return next()
    },
    '/end': async (ctx, next) => {
      await ctx.session.destroy('logout')
      ctx.state.user = undefined
      return next()
    },
  }
  for (const [path, act] of Object.entries(each)) router.post(path, guarded, act, show)
  router.get('/', show)

  const served: Served = await serve(
    t,
    router.routes() as Middleware,
    { state: carrier.state, clock: Date.now, ...options },
    (app) => void app.use(bodyParser()),
  )
  return { ...served, waiting, client: () => new Client(served.url, carrier) }
}

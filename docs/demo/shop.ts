import { once } from 'node:events'
import { bodyParser } from '@koa/bodyparser'
import Koa, { type Context } from 'koa'
import Router from 'koa-router'
import {
  ParameterState,
  type Pipeline,
  type SealedStoreContract,
  session,
  type State,
  type Store,
  type,
} from 'koa-session-pipeline'
import type { Clock } from './clock.ts'
import type { Rendezvous } from './rendezvous.ts'
import type { ShopData, ShopOptions, ShopRouter, ShopSessions } from './scenario.ts'
import { accountsOn } from './scenarios/devices.ts'
import { EDITS } from './scenarios/edits.ts'
import { SCENARIOS } from './scenarios/index.ts'
import { watchCalls, watched, watchEvents, watchHandler, type Watch } from './watch.ts'

/** Lifetimes that a visitor can follow. */
export const LIFETIMES = { idleTimeout: '20m', expiryThreshold: '10m', absoluteTimeout: '8h' } as const

export interface ShopParts {
  readonly store: Store | SealedStoreContract
  readonly state: State
  readonly clock: Clock
  readonly rendezvous: Rendezvous
  readonly options: ShopOptions
  /** Is given, for each request, a promise that settles when the request has been told of. */
  readonly began: (told: Promise<void>) => void
  /** Is told of each request when it has been answered. */
  readonly answered: (ctx: Context, watch: Watch, shop: Shop) => Promise<void>
}

export interface Shop {
  readonly app: Koa
  readonly sessions: ShopSessions
}

/** The application under observation: sessions, and the routes of all scenarios. */
export function openShop(parts: ShopParts): Shop {
  const { store, state, clock, rendezvous, options, began, answered } = parts
  const app = new Koa()
  app.proxy = true // clients have addresses of their own
  app.silent = true
  app.use(async (ctx, next) => {
    const { watch, ended } = watched(ctx, next)
    began(once(ctx.res, 'close').then(() => answered(ctx, watch, shop)))
    await ended
  })
  app.use(bodyParser({ enableTypes: ['form'], formLimit: '2kb' }))
  const accounts = accountsOn(store, clock.now)
  const sessions: ShopSessions = session(app, {
    type: type<ShopData>(),
    ...LIFETIMES,
    store: watchCalls(store),
    state: watchCalls(state),
    clock: clock.now,
    verifyAddress: options.bindings,
    verifyUserAgent: options.bindings,
    stages: (defaults) =>
      edited(options.accounts ? defaults.after('persist', accounts.stage) : defaults, options.edits),
  })
  app.use(sessions)
  app.use(watchHandler)
  if (state instanceof ParameterState) app.use(linkHome(state))
  const router: ShopRouter = new Router()
  for (const { routes } of SCENARIOS) routes(router, { sessions, accounts, rendezvous })
  app.use(router.routes() as never)
  watchEvents(app)
  const shop: Shop = { app, sessions }
  return shop
}

/** A page of such a shop would have the token in all of its links; ours has one link, in a header. */
function linkHome(state: ParameterState): Koa.Middleware {
  return async (ctx, next) => {
    await next()
    ctx.set('Link', `<${state.url(ctx, '/')}>; rel="home"`)
  }
}

function edited(defaults: Pipeline, edits: readonly string[]): Pipeline {
  let stages = defaults
  for (const name of edits) stages = EDITS[name]!(stages as never)
  return stages
}

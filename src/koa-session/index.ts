import type Koa from 'koa'
import type { Context, Middleware, Next } from 'koa'
import { reportError } from '../stages.ts'
import { checkOptions, type SessionOptions } from './options.ts'
import type { RequestOptions } from './request-options.ts'
import { RequestSession } from './request-session.ts'
import type { Session } from './session.ts'

export type { MaxAge } from './max-age.ts'
export type { SessionOptions, SessionStore } from './options.ts'
export type { RequestOptions } from './request-options.ts'
export type { Session } from './session.ts'
/** What koa-session calls its options where they are given. */
export type CreateSessionOptions = SessionOptions

/** What the middleware adds to the context. */
export interface SessionContext {
  get session(): Session
  set session(value: object | null)
  readonly sessionOptions: RequestOptions
}

/** A Koa application, whatever its types. */
type App = Pick<Koa, 'context' | 'emit'> & { use: unknown }

/** `session(app)`, `session(app, options)`, `session(options, app)` */
export interface CreateSession {
  (app: App, options?: SessionOptions | null): Middleware<object, SessionContext>
  (options: SessionOptions | null | undefined, app: App): Middleware<object, SessionContext>
}

const HELD = Symbol('session of koa-session')

interface Holder extends Context {
  [HELD]: RequestSession
}

function create(first: unknown, second?: unknown): (ctx: Context, next: Next) => Promise<void> {
  const [app, given = {}] = isApp(first) ? [first, second ?? undefined] : [second, first ?? undefined]
  if (!isApp(app)) throw new TypeError('app instance required: `session(opts, app)`')
  checkOptions(given)
  warnOfMaxage(given)
  extend(app.context, given)
  return async function session(ctx, next) {
    // A mounted app is served by the context of the outer one.
    if (!(HELD in ctx)) extend(Object.getPrototypeOf(ctx) as object, given)
    const held = (ctx as Holder)[HELD]
    await held.load()
    const finish = async (): Promise<void> => {
      if (given.autoCommit ?? true) return held.used ? held.commit() : undefined
      const failure = await held.settle()
      if (failure !== undefined) reportError(ctx, failure)
      return undefined
    }
    try {
      await next()
    } catch (error) {
      // The error of the handler is the one to see first.
      await finish().catch((other: unknown) => reportError(ctx, other))
      throw error
    }
    await finish()
  }
}

function isApp(value: unknown): value is Koa {
  const { use, context } = (value ?? {}) as Partial<Koa>
  return typeof use === 'function' && typeof context === 'object'
}

function warnOfMaxage(given: object): void {
  if (!('maxage' in given) || ('maxAge' in given && given.maxAge !== undefined)) return
  process.emitWarning('The option maxage of koa-session is called maxAge.', 'DeprecationWarning')
}

/** The accessors of the context; a second middleware shares those of the first. */
function extend(context: object, given: SessionOptions): void {
  if (HELD in context) return
  const sessions = new WeakMap<object, RequestSession>()
  Object.defineProperties(context, {
    [HELD]: {
      get(this: Context): RequestSession {
        let held = sessions.get(this)
        if (!held) sessions.set(this, (held = new RequestSession(this, given)))
        return held
      },
    },
    session: {
      configurable: true,
      get(this: Holder) {
        return this[HELD].session
      },
      set(this: Holder, value: unknown) {
        this[HELD].session = value as Session
      },
    },
    sessionOptions: {
      get(this: Holder) {
        return this[HELD].options
      },
    },
  })
}

const factory = create as unknown as CreateSession

/**
 * koa-session 7, on this package: the same options, `ctx.session`, events, cookies and records.
 *
 * @throws TypeError without an app, SessionConfigError for a wrong option
 */
export const createSession: CreateSession & {
  readonly createSession: CreateSession
  readonly default: CreateSession
} = Object.assign(factory, { createSession: factory, default: factory })

export default createSession
// What `require` returns.
export { createSession as 'module.exports' }

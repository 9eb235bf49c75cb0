import type { Context } from 'koa'
import type { CookieAttributes } from '../states/cookie-options.ts'

/** What the client has to be told of its session. */
export interface Delivery {
  /** Nothing, a new token, that its deadline moved, or that its token is dead. */
  readonly what: 'none' | 'send' | 'renew' | 'forget'
  /** The token; of a session that is not stored there may be none. */
  readonly token: string | undefined
  /** The token by which the client got in. */
  readonly shown: string | undefined
  /** The deadline of the session, in milliseconds since the epoch; 0 when there is none. */
  readonly expiresAt: number
  /** The time, by the middleware's clock. */
  readonly now: number
  /** Whether the cookie outlives the browser; `undefined`: as the state has it. */
  readonly persistent: boolean | undefined
  /** `session.cookieOptions`. */
  readonly attributes: CookieAttributes | undefined
  /** Somebody has looked at the session, so the answer varies by it. */
  readonly used: boolean
}

/** Tells the client. Called at the end of a request, and after each verb, as the headers may leave then. */
export type Deliver = (ctx: Context, delivery: Delivery) => void

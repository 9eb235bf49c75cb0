import type { Context } from 'koa'
import type { CookieAttributes } from './cookie-options.ts'

/** What a state is told about the token it hands to the client. */
export interface TokenDelivery {
  /** The deadline of the session, in milliseconds since the epoch. */
  readonly expiresAt: number
  /** The client does not have this token yet. `false`: only the deadline has moved. */
  readonly fresh: boolean
  /** Milliseconds since the epoch, by the `clock` option. Default: `Date.now()`. */
  readonly now?: number | undefined
  /** `session.cookieOptions`: cookie attributes that differ for this request. Only cookies heed them. */
  readonly attributes?: CookieAttributes | undefined
}

/** How the token travels between client and server. */
export interface State {
  /**
   * The tokens that the client sent, best first, at most four, unverified: the middleware validates them. If the
   * client sent more than four, return those that pass the test `couldBe`.
   */
  extract(ctx: Context, couldBe?: TokenTest): readonly string[]
  /** Hands the token to the client, before the headers leave. */
  finalize(ctx: Context, token: string, delivery: TokenDelivery): void
  /**
   * Throws when the token does not fit, before anything is stored or announced. The token of a sealed session
   * grows with the data.
   */
  measure?(ctx: Context, token: string): void
  /** Makes the client drop the token. `attributes` as in `TokenDelivery`. */
  forget(ctx: Context, attributes?: CookieAttributes): void
  /** Called once per request, before the handler, with the way to the session's token; lets a state build links. */
  attach?(ctx: Context, token: () => string | undefined): void
  /** Tells which candidate turned out to be a live session. */
  accepted?(ctx: Context, token: string): void
  /** The request header that the response depends on, for `Vary`. */
  readonly vary?: string | undefined
}

/** Whether a text can be a token at all. Whether the text is a token, only the store knows. */
export type TokenTest = (text: string) => boolean

/** How many candidates of one request are looked at. */
export const MOST_CANDIDATES = 4

/** The candidates to be looked at. What cannot be a token does not hide one that can, however much there is of it. */
export function bestCandidates(found: readonly string[], couldBe?: TokenTest): readonly string[] {
  if (found.length <= MOST_CANDIDATES) return found
  const rest = new Set(found)
  const best: string[] = []
  for (const text of found) {
    if (best.length === MOST_CANDIDATES) return best
    if (couldBe !== undefined && !couldBe(text)) continue
    best.push(text)
    rest.delete(text)
  }
  return [...best, ...rest].slice(0, MOST_CANDIDATES)
}

import type { Context } from 'koa'
import { SessionConfigError } from '../errors.ts'
import { headersLeft } from '../http/response.ts'
import { setSessionHeader } from '../http/surviving-headers.ts'
import { TOKEN } from './cookie-checks.ts'
import { nameOption } from './name-option.ts'
import type { State, TokenDelivery } from './state.ts'

/** Options of `HeaderState`. */
export interface HeaderOptions {
  /** Name of the header in request and response, in any case of letters. Default `'x-session-token'`. */
  readonly name?: string | undefined
}

/** Headers that HTTP itself, or another part of it, needs for its own purposes. */
const TAKEN: ReadonlySet<string> = new Set(
  `accept authorization cache-control connection content-length content-type cookie date etag expect expires
  host keep-alive location origin pragma proxy-authorization referer server set-cookie te trailer
  transfer-encoding upgrade user-agent vary via`.split(/\s+/),
)
/** One value of visible ASCII. Several headers of one name arrive as `a, b`, and are none. */
const ONE_VALUE = /^[\x21-\x2b\x2d-\x7e]+$/
const NONE: readonly string[] = []

/**
 * The token travels in a header of request and response: for API clients, which keep the last token they
 * were given and send it along. A header is immune to CSRF, because no browser adds it by itself; a
 * script of a page that keeps the token can leak it, so give browsers a cookie (OWASP Session Management
 * Cheat Sheet). Pages of other origins read the response header only when CORS exposes it
 * (`Access-Control-Expose-Headers`).
 */
export class HeaderState implements State {
  /** Name of the header, as given. */
  readonly name: string
  readonly #lower: string

  /** Throws a `SessionConfigError` for a name that is no header name, or that HTTP uses already. */
  constructor(options: HeaderOptions = {}) {
    this.name = nameOption(options, 'x-session-token', {
      where: 'header',
      expected: 'the name of a header that HTTP does not use already',
      holds: (name) => TOKEN.test(name) && !TAKEN.has(name.toLowerCase()),
    })
    this.#lower = this.name.toLowerCase()
  }

  get vary(): string {
    return this.name
  }

  /** The value of the header; none when it is repeated, empty or not made of visible ASCII. */
  extract(ctx: Context): readonly string[] {
    const value = ctx.req.headers[this.#lower]
    return typeof value === 'string' && ONE_VALUE.test(value) ? [value] : NONE
  }

  /**
   * Sets the header, and `Cache-Control: no-store`, when the client does not have this token yet: the
   * header carries no deadline, so there is nothing to say when only that has moved. Throws a
   * `SessionConfigError` for a token that cannot stand in a header.
   */
  finalize(ctx: Context, token: string, delivery: TokenDelivery): void {
    if (!delivery.fresh || headersLeft(ctx)) return
    if (!ONE_VALUE.test(token)) {
      throw new SessionConfigError('Expected the token to consist of characters that a header may carry')
    }
    this.#send(ctx, token)
  }

  /** Sets the header to the empty string, which tells the client to drop its token. */
  forget(ctx: Context): void {
    this.#send(ctx, '')
  }

  #send(ctx: Context, value: string): void {
    setSessionHeader(ctx, this.name, value)
    setSessionHeader(ctx, 'Cache-Control', 'no-store')
  }
}

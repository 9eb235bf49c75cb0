import type { Context } from 'koa'
import { SessionConfigError, SessionTooLargeError } from '../errors.ts'
import { headersLeft } from '../http/response.ts'
import { setSessionHeader } from '../http/surviving-headers.ts'
import { TOKEN } from './cookie-checks.ts'
import { carrierOptions } from './name-option.ts'
import type { State, TokenDelivery } from './state.ts'

/** Options of `HeaderState`. */
export interface HeaderOptions {
  /** Name of the header in request and response, in any case of letters. Default `'x-session-token'`. */
  readonly name?: string | undefined
  /**
   * How many bytes name and token may have together, in ASCII. Default 4096, as in a cookie. Beyond, a sealed
   * session is a `SessionTooLargeError`: clients and proxies refuse headers that are too long for them.
   */
  readonly maxBytes?: number | undefined
}

/** Headers that HTTP itself, or another part of it, needs for its own purposes. */
const TAKEN: ReadonlySet<string> = new Set(
  `accept authorization cache-control connection content-length content-type cookie date etag expect expires
  host keep-alive location origin pragma proxy-authorization referer server set-cookie te trailer
  transfer-encoding upgrade user-agent vary via`.split(/\s+/),
)
/** One value of visible ASCII. Several headers of one name arrive as `a, b`, which is no token. */
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
  readonly #maxBytes: number

  /** Throws a `SessionConfigError` for a name that is no header name, or that HTTP uses already. */
  constructor(options: HeaderOptions = {}) {
    const { name, maxBytes } = carrierOptions(options, 'x-session-token', {
      where: 'header',
      expected: 'the name of a header that HTTP does not use already',
      holds: (one) => TOKEN.test(one) && !TAKEN.has(one.toLowerCase()),
    })
    this.name = name
    this.#maxBytes = maxBytes
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
   * header carries no deadline, so there is nothing to say when only that has moved. Throws as `measure` does.
   */
  finalize(ctx: Context, token: string, delivery: TokenDelivery): void {
    if (!delivery.fresh || headersLeft(ctx)) return
    this.measure(ctx, token)
    this.#send(ctx, token)
  }

  /**
   * Throws a `SessionTooLargeError` when name and token are longer than `maxBytes`, and a `SessionConfigError` for a
   * token that cannot stand in a header.
   */
  measure(_ctx: Context, token: string): void {
    if (!ONE_VALUE.test(token)) {
      throw new SessionConfigError('Expected the token to consist of characters that a header may carry')
    }
    const size = this.name.length + token.length
    if (size > this.#maxBytes) throw new SessionTooLargeError(size, this.#maxBytes, 'header')
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

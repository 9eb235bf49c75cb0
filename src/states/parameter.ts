import type { Context } from 'koa'
import { SessionTooLargeError } from '../errors.ts'
import { carrierOptions } from './name-option.ts'
import { linkTo } from './parameter-link.ts'
import type { State, TokenDelivery } from './state.ts'

/** Options of `ParameterState`. */
export interface ParameterOptions {
  /** Name of the parameter: letters, digits and `-._~`. Default `'sid'`. */
  readonly name?: string | undefined
  /**
   * How many bytes name and token may have together, in ASCII. Default 4096, as in a cookie. Beyond, a sealed
   * session is a `SessionTooLargeError`: clients and proxies refuse URLs that are too long for them.
   */
  readonly maxBytes?: number | undefined
}

const NONE: readonly string[] = []

/**
 * The token travels as a request parameter, in the query or in a parsed body: for clients that can do
 * nothing else. The pages hand it on in their links (`url`) and forms (a hidden field).
 *
 * **Avoid it where a cookie works** (OWASP Session Management Cheat Sheet, ASVS 5.0 14.2.1):
 *
 * - Fixation: an attacker sends a link with the attacker's own token, and the visitor shares that session. Call
 *   `session.changeId()` at login, and choose `verifyAddress`.
 * - URLs leak: through `Referer` (send `Referrer-Policy: same-origin`), logs, history and shared links.
 *
 * Put a body parser before the sessions for the body to be looked at.
 */
export class ParameterState implements State {
  /** Name of the parameter. */
  readonly name: string
  /** Parameters need no `Vary`: the query is part of what caches go by. */
  readonly vary = undefined
  readonly #maxBytes: number
  readonly #tokens = new WeakMap<Context, () => string | undefined>()

  /** Throws a `SessionConfigError` for a name that would need encoding in a query. */
  constructor(options: ParameterOptions = {}) {
    const { name, maxBytes } = carrierOptions(options, 'sid', {
      where: 'parameter',
      expected: 'a parameter name of letters, digits and -._~',
      holds: (one) => /^[\w.~-]+$/.test(one),
    })
    this.name = name
    this.#maxBytes = maxBytes
  }

  /** The parameter in the query, then the parameter in the body; a repeated or nested parameter does not count. */
  extract(ctx: Context): readonly string[] {
    const query = ctx.querystring === '' ? undefined : this.#text(ctx.query)
    const body = this.#text(Reflect.get(ctx.request, 'body'))
    if (query === undefined) return body === undefined ? NONE : [body]
    return body === undefined || body === query ? [query] : [query, body]
  }

  /** Sends nothing: the application puts the token into its links and forms. Throws as `measure` does. */
  finalize(ctx: Context, token: string, _delivery: TokenDelivery): void {
    this.measure(ctx, token)
  }

  /** Throws a `SessionTooLargeError` when name and token are longer than `maxBytes`. */
  measure(_ctx: Context, token: string): void {
    const size = this.name.length + token.length
    if (size > this.#maxBytes) throw new SessionTooLargeError(size, this.#maxBytes, 'parameter')
  }

  /** Does nothing: a link cannot be taken back. The session behind it is gone all the same. */
  forget(_ctx: Context): void {}

  /** Called by the middleware, so that `url` knows the token. */
  attach(ctx: Context, token: () => string | undefined): void {
    this.#tokens.set(ctx, token)
  }

  /**
   * The URL with the token of this request's session in its query, in place of an earlier one; query and
   * fragment are kept. Unchanged when there is no session, for other origins, and for links within the
   * page (`#top`). A page with such links is for one visitor: the response is marked
   * `Cache-Control: no-store`. See the warnings above.
   *
   * @param url relative, or absolute and of the request's own origin
   */
  url(ctx: Context, url: string): string {
    const token = this.#tokens.get(ctx)?.()
    if (token === undefined) return url
    const link = linkTo(ctx, url, this.name, token)
    if (link !== url) ctx.set('Cache-Control', 'no-store')
    return link
  }

  #text(parameters: unknown): string | undefined {
    if (typeof parameters !== 'object' || parameters === null) return undefined
    if (!Object.hasOwn(parameters, this.name)) return undefined
    const value: unknown = Reflect.get(parameters, this.name)
    return typeof value === 'string' && value !== '' ? value : undefined
  }
}

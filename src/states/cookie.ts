import type { Context } from 'koa'
import { SessionConfigError, SessionTooLargeError } from '../errors.ts'
import { headersLeft } from '../http/response.ts'
import { setSessionHeader } from '../http/surviving-headers.ts'
import { adviseOn } from './cookie-advice.ts'
import { checkCookieOptions, overrideSettings } from './cookie-checks.ts'
import { MOST_COOKIE_BYTES, scanCookies } from './cookie-header.ts'
import { attributeTail, lifeAttributes, LONG_PAST } from './cookie-line.ts'
import type { CookieAttributes, CookieOptions, CookieSettings } from './cookie-options.ts'
import { signToken, verifiedTokens } from './cookie-signature.ts'
import { bestCandidates, type State, type TokenDelivery, type TokenTest } from './state.ts'

/** What RFC 6265 allows in a value: visible ASCII without `"`, `,`, `;` and `\`. */
const COOKIE_VALUE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/

/**
 * The token travels in a cookie: the default, and the right choice for browsers.
 *
 * Whenever it sets the cookie, it also sets `Cache-Control: no-store`, so that no cache hands one visitor's
 * cookie to another; both survive an error of the handler.
 *
 * Several cookies of our name (left over from another path, or planted by a subdomain) are all looked at,
 * up to four that can be tokens, so that a dead one does not hide a live one. Against a planted live one only a name with
 * the prefix `__Host-` helps.
 */
export class CookieState implements State {
  readonly vary = 'Cookie'
  readonly #settings: CookieSettings
  readonly #tail: string
  readonly #secureTail: string

  /** Throws a `SessionConfigError` for options that are wrong or that browsers would not honour. */
  constructor(options: CookieOptions = {}) {
    this.#settings = checkCookieOptions(options)
    this.#tail = attributeTail(this.#settings, false)
    this.#secureTail = attributeTail(this.#settings, true)
  }

  /** Name of the cookie. */
  get name(): string {
    return this.#settings.name
  }

  /** Whether the cookie outlives the browser, when the request does not say otherwise. */
  get persistent(): boolean {
    return this.#settings.persistent
  }

  /**
   * The values of the cookies of our name; of a signed cookie, the tokens whose signature is right.
   * Garbage yields nothing. Throws a `SessionConfigError` when `signed` is set and `app.keys` is not.
   */
  extract(ctx: Context, couldBe?: TokenTest): readonly string[] {
    const { name, signed } = this.#settings
    const values = scanCookies(ctx.req.headers.cookie, name)
    return bestCandidates(signed ? verifiedTokens(ctx, name, values) : values, couldBe)
  }

  /**
   * Sets the cookie: exactly one line of our name, whatever was set before. Nothing is sent when the
   * headers have left, or when the client has the token already and there is nothing new to say, which is
   * so unless the cookie is persistent or `delivery.attributes` are given.
   *
   * Throws a `SessionTooLargeError` when name and value exceed 4096 bytes, and a `SessionConfigError` for
   * wrong `delivery.attributes` and for a token that cannot stand in a cookie; then nothing has been set.
   */
  finalize(ctx: Context, token: string, delivery: TokenDelivery): void {
    if (headersLeft(ctx)) return
    const { attributes } = delivery
    const settings = attributes === undefined ? this.#settings : overrideSettings(this.#settings, attributes)
    if (!delivery.fresh && !settings.persistent && attributes === undefined) return
    const value = this.#value(ctx, token)
    const life = settings.persistent ? lifeAttributes(delivery.expiresAt, delivery.now ?? Date.now()) : ''
    this.#send(ctx, value, life, settings)
  }

  /** Throws as `finalize` does for a token that is too long or has other characters than a cookie may carry. */
  measure(ctx: Context, token: string): void {
    this.#value(ctx, token)
  }

  /** Sets a cookie of the same attributes that is empty and long past. Throws for wrong `attributes`. */
  forget(ctx: Context, attributes?: CookieAttributes): void {
    if (headersLeft(ctx)) return
    const settings = attributes === undefined ? this.#settings : overrideSettings(this.#settings, attributes)
    this.#send(ctx, '', LONG_PAST, settings)
  }

  #value(ctx: Context, token: string): string {
    if (!COOKIE_VALUE.test(token)) {
      throw new SessionConfigError('Expected the token to consist of characters that a cookie may carry')
    }
    const { name, signed } = this.#settings
    const value = signed ? signToken(ctx, name, token) : token
    const size = name.length + value.length
    if (size > MOST_COOKIE_BYTES) throw new SessionTooLargeError(size, MOST_COOKIE_BYTES)
    return value
  }

  #send(ctx: Context, value: string, life: string, settings: CookieSettings): void {
    adviseOn(ctx, settings)
    const secure = settings.secure === 'auto' ? ctx.secure : settings.secure
    const usual = secure ? this.#secureTail : this.#tail
    const tail = settings === this.#settings ? usual : attributeTail(settings, secure)
    setSessionHeader(ctx, 'Set-Cookie', `${settings.name}=${value}${life}${tail}`)
    setSessionHeader(ctx, 'Cache-Control', 'no-store')
  }
}

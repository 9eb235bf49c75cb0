/** Options of `CookieState`, checked when it is made: a mistake throws a `SessionConfigError`. */
export interface CookieOptions {
  /**
   * Name of the cookie, a token of RFC 6265, matched byte for byte.
   * Default `'sid'`; the middleware makes it `'<as>.sid'` when `as` is given.
   *
   * With HTTPS choose `'__Host-sid'` and `secure: true`: browsers then refuse a cookie of this name that a
   * subdomain or plain HTTP tries to plant, and nothing else prevents that (RFC 6265bis §4.1.3, OWASP Session
   * Management Cheat Sheet). The prefixes `__Secure-`, `__Host-`, `__Http-` and `__Host-Http-` are checked
   * as browsers check them, in any case of letters.
   */
  readonly name?: string | undefined
  /**
   * The paths the cookie is sent to. Default `'/'`; `false` leaves the attribute out, and the browser then
   * takes the folder of the current URL. A narrow path is no protection against other pages of the host
   * (RFC 6265bis §8.5).
   */
  readonly path?: string | false | undefined
  /**
   * The host that gets the cookie, and all its subdomains. Default `false`: this host alone, which is the
   * safe choice (OWASP: "Domain and Path attributes").
   */
  readonly domain?: string | false | undefined
  /**
   * Sent over HTTPS only. Default `'auto'`: when the current connection is HTTPS by `ctx.secure`, which
   * believes a proxy only with `app.proxy = true`. In production set `true`: it also holds when the proxy is
   * misconfigured (OWASP ASVS 5.0 3.3.1). Browsers drop a secure cookie that arrives over plain HTTP.
   */
  readonly secure?: boolean | 'auto' | undefined
  /** Hidden from scripts of the page. Default `true`; leave it (OWASP ASVS 5.0 3.3.4). */
  readonly httpOnly?: boolean | undefined
  /**
   * Whether requests started by other sites carry the cookie. Default `'lax'`: only navigation by GET.
   * `'strict'`: none; `'none'`: all, needs `secure: true` and your own protection against CSRF; `false`: the
   * attribute is left out and each browser has its own rule, so prefer a value (RFC 6265bis §8.8).
   */
  readonly sameSite?: 'lax' | 'strict' | 'none' | false | undefined
  /**
   * Gives every site that embeds this site a cookie of its own (CHIPS). Default `false`. Needs `secure: true`,
   * and in embedded pages `sameSite: 'none'`.
   */
  readonly partitioned?: boolean | undefined
  /** What Chromium evicts first when there are too many cookies. Default `false` leaves the attribute out. */
  readonly priority?: 'low' | 'medium' | 'high' | false | undefined
  /**
   * Default `false`: the cookie lives until the browser closes. `true`: until the session expires, to the
   * second, sent again whenever that moves, and never beyond the 400 days that browsers grant
   * (RFC 6265bis §5.5). Either way the deadline is enforced by the server.
   */
  readonly persistent?: boolean | undefined
  /**
   * Default `false`: a random token needs no signature, since the store knows the token. `true`: the cookie is
   * `token.signature` by `app.keys` (HMAC over name and token), which spares the store look-ups of made-up
   * tokens. All keys verify, the first signs; a cookie signed by an older key is signed anew when it is next
   * sent. Without `app.keys` every request throws a `SessionConfigError`.
   */
  readonly signed?: boolean | undefined
}

/**
 * Cookie attributes of one request, `session.cookieOptions`: they replace those of the options, and
 * `false` leaves one out. The name and the signature do not change by request.
 */
export type CookieAttributes = Omit<CookieOptions, 'name' | 'signed'>

/** The options with every default filled in. */
export type CookieSettings = {
  readonly [Key in keyof CookieOptions]-?: Exclude<CookieOptions[Key], undefined>
}

export const COOKIE_DEFAULTS: CookieSettings = {
  name: 'sid',
  path: '/',
  domain: false,
  secure: 'auto',
  httpOnly: true,
  sameSite: 'lax',
  partitioned: false,
  priority: false,
  persistent: false,
  signed: false,
}

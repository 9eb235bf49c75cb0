import { inspect } from 'node:util'
import { COOKIE_DEFAULTS } from './cookie-options.ts'
import type { CookieAttributes, CookieOptions, CookieSettings } from './cookie-options.ts'
import { unknownOption, wrongOption } from '../checks/messages.ts'

interface Rule {
  readonly expected: string
  readonly holds: (value: unknown) => boolean
}

/** A token of RFC 9110, which is also what RFC 6265 asks of a cookie name. */
export const TOKEN: RegExp = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/
/** Browsers ignore an attribute whose value is longer (RFC 6265bis §5.6). */
const LONGEST_ATTRIBUTE = 1024
const PATH = /^\/[\x20-\x3a\x3c-\x7e]*$/
const DOMAIN = /^\.?[\da-z_-]+(?:\.[\da-z_-]+)*$/i

const matches = (value: unknown, pattern: RegExp): boolean =>
  typeof value === 'string' && value.length <= LONGEST_ATTRIBUTE && pattern.test(value)
const oneOf = (...values: readonly (string | boolean)[]): Rule => ({
  expected: values
    .map((value) => (typeof value === 'string' ? `'${value}'` : String(value)))
    .join(', ')
    .replace(/, ([^,]+)$/, ' or $1'),
  holds: (value) => (values as readonly unknown[]).includes(value),
})

const RULES: Readonly<Record<keyof CookieSettings, Rule>> = {
  name: {
    expected: "a cookie name of letters, digits and !#$%&'*+-.^_`|~",
    holds: (value) => matches(value, TOKEN),
  },
  path: {
    expected: "false or a path of ASCII characters without ';' that begins with '/'",
    holds: (value) => value === false || matches(value, PATH),
  },
  domain: {
    expected: "false or a host name such as 'example.com', non-ASCII names in Punycode",
    holds: (value) => value === false || matches(value, DOMAIN),
  },
  secure: oneOf('auto', true, false),
  httpOnly: oneOf(true, false),
  sameSite: oneOf('lax', 'strict', 'none', false),
  partitioned: oneOf(true, false),
  priority: oneOf('low', 'medium', 'high', false),
  persistent: oneOf(true, false),
  signed: oneOf(true, false),
}

const LIFETIME =
  'The cookie lives as long as the session: see cookie.persistent, idleTimeout, absoluteTimeout.'
const HINTS: ReadonlyMap<string, string> = new Map([
  ['maxAge', LIFETIME],
  ['expires', LIFETIME],
])

/** The settings of a cookie; throws a `SessionConfigError` for a mistake in them. */
export function checkCookieOptions(given: CookieOptions): CookieSettings {
  return checked(COOKIE_DEFAULTS, given, 'cookie')
}

/** The settings of one response, which `session.cookieOptions` changes. Throws as `checkCookieOptions`. */
export function overrideSettings(base: CookieSettings, given: CookieAttributes): CookieSettings {
  return checked(base, given, 'session.cookieOptions', FIXED)
}

/** What one request cannot change. */
const FIXED: readonly string[] = ['name', 'signed']

function checked(
  base: CookieSettings,
  given: object,
  where: string,
  fixed?: readonly string[],
): CookieSettings {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw wrongOption(where, 'an object of cookie attributes', given)
  }
  const changes: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(given)) {
    if (!isOption(key)) throw unknownOption(where, key, Object.keys(RULES), HINTS.get(key))
    if (fixed?.includes(key))
      throw wrongOption(`${where}.${key}`, 'absent, as it is one for all requests', value)
    if (value === undefined) continue
    if (!RULES[key].holds(value)) throw wrongOption(`${where}.${key}`, RULES[key].expected, value)
    changes[key] = value
  }
  const settings: CookieSettings = Object.assign({}, base, changes)
  checkTogether(settings, where)
  return settings
}

const isOption = (key: string): key is keyof CookieSettings => Object.hasOwn(RULES, key)

/** What browsers demand of attributes together; they drop a cookie that breaks these rules. */
function checkTogether(cookie: CookieSettings, where: string): void {
  const demand = (key: keyof CookieSettings, value: string | boolean, reason: string): void => {
    if (cookie[key] === value) return
    throw wrongOption(`${where}.${key}`, `${inspect(value)} because of ${reason}`, cookie[key])
  }
  const prefix = /^__(?:secure|host-http|host|http)-/i.exec(cookie.name)?.[0]
  if (prefix !== undefined) {
    const kind = prefix.toLowerCase()
    const reason = `the prefix ${prefix} of the cookie's name`
    demand('secure', true, reason)
    if (kind.includes('http')) demand('httpOnly', true, reason)
    if (kind.includes('host')) {
      demand('path', '/', reason)
      demand('domain', false, reason)
    }
  }
  if (cookie.sameSite === 'none') demand('secure', true, "sameSite: 'none'")
  if (cookie.partitioned) demand('secure', true, 'partitioned: true')
}

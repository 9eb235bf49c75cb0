import type { CookieSettings } from './cookie-options.ts'

const PRIORITIES = { low: 'Low', medium: 'Medium', high: 'High' } as const
const SAME_SITES = { lax: 'Lax', strict: 'Strict', none: 'None' } as const
/** The longest life that browsers grant, in milliseconds: 400 days (RFC 6265bis §5.5). */
export const LONGEST_COOKIE_LIFE: number = 400 * 86_400_000

/** The attributes of a `Set-Cookie` line that do not depend on the session. */
export function attributeTail(cookie: CookieSettings, secure: boolean): string {
  let tail = ''
  if (cookie.path !== false) tail += `; Path=${cookie.path}`
  if (cookie.domain !== false) tail += `; Domain=${cookie.domain}`
  if (secure) tail += '; Secure'
  if (cookie.httpOnly) tail += '; HttpOnly'
  if (cookie.sameSite !== false) tail += `; SameSite=${SAME_SITES[cookie.sameSite]}`
  if (cookie.partitioned) tail += '; Partitioned'
  if (cookie.priority !== false) tail += `; Priority=${PRIORITIES[cookie.priority]}`
  return tail
}

let lastSecond = NaN
let lastText = ''

/** Makes the client drop its cookie. */
export const LONG_PAST: string = '; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0'

/**
 * The deadline as attributes, in milliseconds since the epoch, and not beyond what browsers grant. As a length
 * of time, which counts (RFC 6265bis §5.5) and is right by a clock that is wrong; as an instant for what knows
 * no other.
 */
export function lifeAttributes(expiresAt: number, now: number): string {
  const until = Math.min(expiresAt, now + LONGEST_COOKIE_LIFE)
  const second = Math.floor(until / 1000)
  // Sessions used in the same second mostly end in the same second, and making a date costs.
  if (second !== lastSecond) {
    lastText = `; Expires=${new Date(second * 1000).toUTCString()}`
    lastSecond = second
  }
  // A second too long does no harm, as the server judges; one too short would.
  return `${lastText}; Max-Age=${Math.max(1, Math.ceil((until - now) / 1000))}`
}

/** The members that live on the prototype of `ctx.session`; no key of the user's data can be one of them. */
export const RESERVED_NAMES = [
  'absoluteTimeout',
  'boundAddress',
  'boundUserAgent',
  'changeId',
  'clearFlash',
  'cookieOptions',
  'createdAt',
  'destroy',
  'endReason',
  'expireKey',
  'expiresAt',
  'flash',
  'id',
  'idleTimeout',
  'isNew',
  'keepFlash',
  'lateStore',
  'noStore',
  'persistent',
  'regenerate',
  'reload',
  'save',
  'touch',
  'update',
  'updatedAt',
] as const

/** A name that the user's data cannot use. */
export type ReservedName = (typeof RESERVED_NAMES)[number] | '__proto__'

const reserved = new Set<string>([...RESERVED_NAMES, '__proto__'])

export function isReserved(key: string): key is ReservedName {
  return reserved.has(key)
}

export function refuseReserved(key: string): TypeError {
  return new TypeError(`'${key}' is a reserved name of the session and cannot hold data. Choose another key.`)
}

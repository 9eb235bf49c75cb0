import { isPlainData } from '../checks/messages.ts'
import { isMaxAge, type MaxAge } from './max-age.ts'

type Values = Record<string, unknown>

/** What a cookie carries, or a store keeps. */
export interface Payload {
  readonly data: Values
  readonly maxAge: MaxAge | undefined
  /** Milliseconds since the epoch; `undefined`: without an end. */
  readonly expiresAt: number | undefined
}

/** JSON in Base64. */
export function encode(session: Values): string {
  return Buffer.from(JSON.stringify(session)).toString('base64')
}

export function decode(text: string): unknown {
  return JSON.parse(Buffer.from(text, 'base64').toString('utf8'))
}

/** Takes apart what was read; `undefined` for what is no session of koa-session. */
export function readPayload(value: unknown): Payload | undefined {
  if (!isPlainData(value) || isExpressRecord(value)) return undefined
  const { _expire, _maxAge, _session } = value
  return {
    data: value,
    maxAge: _session ? 'session' : isMaxAge(_maxAge) ? _maxAge : undefined,
    expiresAt: typeof _expire === 'number' ? _expire : undefined,
  }
}

export function writePayload(data: Values, maxAge: MaxAge, now: number): Values {
  return maxAge === 'session'
    ? { ...data, _session: true }
    : { ...data, _expire: now + maxAge, _maxAge: maxAge }
}

/** For reports; shows no value. */
export function looksLike(value: unknown): string {
  if (isPlainData(value)) return 'a record of express-session'
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`
}

/** Each of them has the settings of its cookie in it, and none of the marks of koa-session. */
function isExpressRecord({ cookie, _expire, _maxAge, _session }: Values): boolean {
  const marked = [_expire, _maxAge, _session].some((mark) => mark !== undefined)
  return !marked && isPlainData(cookie) && 'originalMaxAge' in cookie
}

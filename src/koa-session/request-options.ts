import { randomUUID } from 'node:crypto'
import type { Context } from 'koa'
import type { MaybePromise } from '../index.ts'
import type { SessionOptions } from './options.ts'
import { decode, encode } from './payload.ts'

const DEFAULTS = {
  key: 'koa.sess',
  autoCommit: true,
  overwrite: true,
  httpOnly: true,
  signed: true,
  rolling: false,
  renew: false,
  encode,
  decode,
}

/** The options as one request uses them: with the defaults, and its own to change. */
export interface RequestOptions extends SessionOptions {
  key: string
  autoCommit: boolean
  overwrite: boolean
  httpOnly: boolean
  signed: boolean
  rolling: boolean
  renew: boolean
  encode: NonNullable<SessionOptions['encode']>
  decode: NonNullable<SessionOptions['decode']>
  genid: (ctx: Context) => MaybePromise<string>
}

/** Made for each request, as applications may change what they gave us. Absent is what is `undefined`. */
export function requestOptions(given: SessionOptions): RequestOptions {
  const set = Object.entries(given).filter(([name, value]) => value !== undefined && !isUnset(name, value))
  const { prefix = '', maxage, maxAge = maxage } = given
  const genid = (): string => prefix + randomUUID()
  return { ...DEFAULTS, genid, ...(Object.fromEntries(set) as SessionOptions), maxAge } as RequestOptions
}

/** What koa-session took for absent before. */
const isUnset = (name: string, value: unknown): boolean =>
  value === null && (name === 'sameSite' || name === 'store')

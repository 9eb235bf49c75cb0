import type { Context } from 'koa'
import { CorruptRecordError, type MaybePromise } from '../index.ts'
import { chain } from '../maybe-promise.ts'
import { reportError } from '../stages.ts'
import { clearCookie, readCookie } from './cookie.ts'
import type { SessionStore } from './options.ts'
import { looksLike, type Payload, readPayload } from './payload.ts'
import type { RequestOptions } from './request-options.ts'

/** Why what the client showed is no session. */
type Refusal = 'missed' | 'expired' | 'invalid'

/** The session in the cookie, if there is one that may be used. */
export function fromCookie(ctx: Context, options: RequestOptions): MaybePromise<Payload | undefined> {
  const text = readCookie(ctx, options)
  if (!text) return undefined
  return chain(decoded(ctx, options, text), (found) => (found ? judge(ctx, options, found.value) : undefined))
}

/** The session in the store, with its id. */
export async function fromStore(
  ctx: Context,
  options: RequestOptions,
  store: SessionStore,
): Promise<{ readonly key: string; readonly payload: Payload } | undefined> {
  const { externalKey, maxAge, rolling } = options
  const key = externalKey ? await externalKey.get(ctx) : readCookie(ctx, options)
  if (!key) return undefined
  const payload = await judge(ctx, options, await store.get(key, maxAge, { ctx, rolling }), key)
  return payload && { key, payload }
}

/** What was read, if it may be used; else the app is told why not. */
function judge(
  ctx: Context,
  options: RequestOptions,
  value: unknown,
  key?: string,
): MaybePromise<Payload | undefined> {
  const refuse = (refusal: Refusal): undefined => tell(ctx, refusal, key, value)
  if (!value) return refuse('missed')
  const payload = readPayload(value)
  if (!payload) {
    // A cookie can be anybody's; what is in the store under our key should be ours.
    if (key !== undefined) reportError(ctx, foreign(value))
    return refuse('invalid')
  }
  if (payload.expiresAt !== undefined && payload.expiresAt < Date.now()) return refuse('expired')
  if (!options.valid) return payload
  return chain(options.valid(ctx, value as never), (holds) => (holds ? payload : refuse('invalid')))
}

/** What the cookie's text stands for; `undefined` for a damaged one, or one of another library. */
function decoded(
  ctx: Context,
  options: RequestOptions,
  text: string,
): MaybePromise<{ value: unknown } | undefined> {
  try {
    const decoding = options.decode(text)
    if (!(decoding instanceof Promise)) return { value: decoding }
    return decoding.then((value) => ({ value })).catch((error: unknown) => undecoded(ctx, options, error))
  } catch (error) {
    return undecoded(ctx, options, error)
  }
}

/** Of `decode` given by the application, an error of its own fails the request, but not the next one. */
function undecoded(ctx: Context, options: RequestOptions, error: unknown): undefined {
  if (!(error instanceof Error) || error instanceof SyntaxError) return
  clearCookie(ctx, options)
  throw error
}

/** As koa-session does, after the request has gone on. */
export function tell(ctx: Context, refusal: Refusal, key: string | undefined, value: unknown): undefined {
  setImmediate(() => {
    try {
      ctx.app.emit(`session:${refusal}`, { key, value, ctx })
    } catch (error) {
      reportError(ctx, error)
    }
  })
}

const foreign = (value: unknown): CorruptRecordError =>
  new CorruptRecordError(`Expected a session of koa-session in the store, found ${looksLike(value)}.`)

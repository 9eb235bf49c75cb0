import type { Context } from 'koa'
import { SessionConfigError } from '../errors.ts'

/** Koa's `Keygrip`, which `app.keys` becomes; its comparison takes constant time. */
interface Keygrip {
  sign(data: string): string
  verify(data: string, signature: string): boolean
}

/** `token.signature`. Name and token are signed together, so it does not fit another cookie. */
export function signToken(ctx: Context, name: string, token: string): string {
  return `${token}.${keysOf(ctx).sign(`${name}=${token}`)}`
}

/** The tokens of those values that carry a signature by any of `app.keys`. */
export function verifiedTokens(ctx: Context, name: string, values: readonly string[]): readonly string[] {
  requireKeys(ctx)
  if (values.length === 0) return values
  const keys = keysOf(ctx)
  const tokens: string[] = []
  for (const value of values) {
    // The last dot: a token of one's own format may have dots, a signature has none.
    const dot = value.lastIndexOf('.')
    if (dot < 1) continue
    const token = value.slice(0, dot)
    if (keys.verify(`${name}=${token}`, value.slice(dot + 1))) tokens.push(token)
  }
  return tokens
}

/** Looked at even when there is nothing to verify: a missing key shows at the first request. */
function requireKeys(ctx: Context): void {
  const given: unknown = ctx.app.keys
  const missing = given === undefined || given === null || (Array.isArray(given) && given.length === 0)
  if (!missing) return
  throw new SessionConfigError('Expected app.keys to be set because of cookie.signed: true, got none')
}

function keysOf(ctx: Context): Keygrip {
  requireKeys(ctx)
  const keys: Keygrip = Reflect.get(ctx.cookies, 'keys')
  return keys
}

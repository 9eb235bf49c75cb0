import type { Context } from 'koa'
import { isLost } from './response.ts'

/**
 * Whether nobody sees what this response shows: it has no body, or the client has gone before it was sent.
 * `thrown`: the status is that of an error, which has a body.
 */
export function isUnseen(ctx: Context, thrown?: { readonly error: unknown }): boolean {
  const { method, status } = ctx
  if (method === 'HEAD' || isLost(ctx)) return true
  return thrown === undefined && (status === 204 || status === 304)
}

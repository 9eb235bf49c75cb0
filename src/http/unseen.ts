import type { Context } from 'koa'
import { hasClosed } from './response.ts'

/**
 * Whether nobody sees what this response shows: it has no body, or the client has gone before it was sent.
 * `thrown`: the status is that of an error, which has a body.
 */
export function isUnseen(ctx: Context, thrown?: { readonly error: unknown }): boolean {
  const { method, status, res } = ctx
  if (method === 'HEAD' || (typeof res?.setHeader === 'function' && hasClosed(res) && !wasSent(res)))
    return true
  return thrown === undefined && (status === 204 || status === 304)
}

interface Sent {
  readonly writableFinished?: boolean
  readonly stream?: { readonly writableFinished?: boolean }
}

/** HTTP/1.1 says so itself, HTTP/2 by its stream. */
function wasSent({ writableFinished, stream }: Sent): boolean {
  return writableFinished ?? stream?.writableFinished === true
}

import type { Context } from 'koa'

type Response = Pick<Context, 'res' | 'headerSent'>

/** Nothing can be added to the answer any more: all of it was handed over, or the client has gone. */
export function isAnswered({ res }: Pick<Context, 'res'>): boolean {
  return res.writableEnded || hasClosed(res)
}

/** The client can still be told a new token. */
export function canTell(ctx: Response): boolean {
  return !ctx.headerSent && !hasClosed(ctx.res)
}

/** Calls back when the answer has been sent, or its connection was lost; at once if that is past. */
export function whenClosed({ res }: Pick<Context, 'res'>, then: () => void): void {
  if (hasClosed(res)) setImmediate(then)
  else res.once('close', then)
}

/** HTTP/1.1 says so itself, HTTP/2 by its stream. */
export function hasClosed(
  res: Context['res'] & { readonly stream?: { readonly destroyed?: boolean } },
): boolean {
  return res.closed || res.destroyed || res.stream?.destroyed === true
}

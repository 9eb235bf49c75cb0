import type { Context } from 'koa'

/*
 * Every look at `res` is here. It may be that of HTTP/1.1 or HTTP/2, which lacks `closed`, `destroyed` and
 * `writable`; a stand-in of a test that has little; or none at all, outside of a request.
 */

type Carrier = Pick<Context, 'res'> & Partial<Pick<Context, 'req' | 'respond'>>

interface Res {
  readonly setHeader?: unknown
  readonly headersSent?: boolean
  readonly writableEnded?: boolean
  readonly writableFinished?: boolean
  readonly closed?: boolean
  readonly destroyed?: boolean
  /** HTTP/2 says by its stream what HTTP/1.1 says itself. */
  readonly stream?: Pick<Res, 'closed' | 'destroyed' | 'writableFinished'> | undefined
  readonly once?: (event: 'close', then: () => void) => unknown
}

/** What can carry a header; anything else is no response. */
function resOf(ctx: Carrier): Res | undefined {
  const res = ctx.res as Res | undefined
  return typeof res?.setHeader === 'function' && !isUpgraded(ctx) ? res : undefined
}

/** The connection is a WebSocket's by now, and was answered past `res`, which knows nothing of it. */
function isUpgraded({ respond, req }: Carrier): boolean {
  return respond === false && req?.headers.upgrade?.toLowerCase() === 'websocket'
}

/** No header can be added any more; nor can one where there is no response. */
export function headersLeft(ctx: Carrier): boolean {
  const res = resOf(ctx)
  return !res || res.headersSent === true
}

/** An error cannot become the answer any more. */
export function answerBegun(ctx: Carrier): boolean {
  return resOf(ctx)?.headersSent === true || isUpgraded(ctx)
}

/** Nothing can be added to the answer any more: all of it was handed over, or the client has gone. */
export function isAnswered(ctx: Carrier): boolean {
  const res = resOf(ctx)
  return res !== undefined && (res.writableEnded === true || hasClosed(res))
}

/** The client can still be told a new token. */
export function canTell(ctx: Carrier): boolean {
  const res = resOf(ctx)
  return res !== undefined && res.headersSent !== true && !hasClosed(res)
}

/** Calls back when the answer has been sent, or its connection was lost; soon if that is past or never comes. */
export function whenClosed(ctx: Carrier, then: () => void): void {
  const res = resOf(ctx)
  if (typeof res?.once !== 'function' || hasClosed(res)) setImmediate(then)
  else res.once('close', then)
}

/** As `whenClosed`, but where there is no response, as in a WebSocket, when the connection has closed. */
export function whenOver(ctx: Pick<Context, 'req' | 'res'>, then: () => void): void {
  const socket = ctx.req?.socket as Partial<Context['req']['socket']> | undefined
  if (resOf(ctx) || typeof socket?.once !== 'function' || socket.destroyed === true) whenClosed(ctx, then)
  else socket.once('close', then)
}

function hasClosed({ closed, destroyed, stream }: Res): boolean {
  return closed === true || destroyed === true || stream?.destroyed === true || stream?.closed === true
}

/**
 * Whether nobody sees what this response shows: it has no body, or the client has gone before it was sent.
 * `thrown`: the status is that of an error, which has a body.
 */
export function isUnseen(ctx: Context, thrown?: { readonly error: unknown }): boolean {
  const { method, status } = ctx
  const res = resOf(ctx)
  const isLost = res && hasClosed(res) && !(res.writableFinished ?? res.stream?.writableFinished)
  if (method === 'HEAD' || isLost) return true
  return thrown === undefined && (status === 204 || status === 304)
}

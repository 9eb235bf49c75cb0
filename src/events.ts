import type Koa from 'koa'
import type { Context } from 'koa'

/** What happens to sessions, emitted on the app that was given to `session(app)`. */
export type SessionEventName =
  /** A record was created. */
  | 'session:created'
  /** A session was ended, by `destroy` or by a check. */
  | 'session:destroyed'
  /** A client showed a token whose session is past its deadline. */
  | 'session:expired'
  /** A client showed a well-formed token of no session. */
  | 'session:missed'
  /** A client showed something that cannot be a token, or failed a check that only observes or refuses. */
  | 'session:invalid'
  /** Changes met those of a parallel request: merged, or dropped when the session has ended or moved. */
  | 'session:conflict'
  /** A record could not be read, or held keys that cannot be shown. */
  | 'session:corrupt'

/** What listeners are told. Never a token, never a value. */
export interface SessionEvent {
  readonly ctx: Context
  /** The identifier of the session, as `ctx.session.id`. */
  readonly id: string | undefined
  readonly reason?: string
  /** The names of the keys concerned. */
  readonly keys?: readonly string[]
}

/** Emits; a listener that throws is reported on the app and disturbs nobody else. */
export function emitEvent(app: Pick<Koa, 'emit'>, name: SessionEventName, event: SessionEvent): void {
  try {
    app.emit(name, event)
  } catch (error) {
    reportError(event.ctx, error)
  }
}

/** Reports an error that nobody waits for, as Koa reports those of requests. */
export function reportError(ctx: Context, error: unknown): void {
  ctx.app.emit('error', error, ctx)
}

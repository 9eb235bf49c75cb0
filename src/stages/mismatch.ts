import { hash } from 'node:crypto'
import type { Context } from 'koa'
import type { Session } from '../session/session.ts'
import { emitSessionEvent, endSession, refuseSession } from '../session/stage-functions.ts'

/**
 * What becomes of a session that is shown by another client than it is bound to: it is ended for everybody;
 * this request has none and nothing is touched; or an event says so and nothing else happens.
 */
export type OnMismatch = 'destroy' | 'refuse' | 'observe'

/** Where the value that a session is bound to comes from. */
export type BindingSource = (ctx: Context) => string

/** Stands for a value that a client may make as long as it likes. */
export function digest(value: string): string {
  return hash('sha256', value, 'base64url')
}

export function answerMismatch(session: Session, reason: string, onMismatch: OnMismatch): void {
  if (onMismatch === 'destroy') {
    endSession(session, reason)
    return
  }
  emitSessionEvent(session, 'session:invalid', { reason })
  if (onMismatch === 'refuse') refuseSession(session, reason)
}

import { ConflictError } from '../errors.ts'
import type { Session } from '../session.ts'

/** Nothing of this request is stored or sent any more; says which changes are dropped. */
export function dropChanges(session: Session): void {
  session.barred = true
  // Flash and lifetimes are changes too, though no key bears their name.
  if (!session.changed) return
  session.emit('session:conflict', {
    keys: session.copy.changedKeys,
    ...(session.endReason !== undefined && { reason: session.endReason }),
  })
}

export function sessionGone(session: Session, id: string = session.id): ConflictError {
  return new ConflictError(
    `Session ${id} has ended or moved to a new id in a parallel request, so nothing of this one was saved.`,
  )
}

export function lockLost(session: Session): ConflictError {
  return new ConflictError(
    `The lock of session ${session.id} was lost while the request ran, so it was not saved.`,
  )
}

export function idTaken(): ConflictError {
  return new ConflictError('The id of a new session was taken: does token.generate() return random tokens?')
}

import type { Changes } from '../draft/draft.ts'
import { ConflictError } from '../errors.ts'
import type { Life } from './life.ts'

/** Says which changes are dropped, since the session has ended or moved meanwhile. */
export function reportDropped(life: Life, changes: Changes): void {
  // Flash and lifetimes are changes too, though no key bears their name.
  if (changes.lines.length === 0 && !changes.lifetimes) return
  life.emit('session:conflict', {
    keys: changes.lines.filter(({ kind }) => kind === 'd').map(({ name }) => name),
    ...(life.endReason !== undefined && { reason: life.endReason }),
  })
}

export function sessionGone(id: string): ConflictError {
  return new ConflictError(
    `Session ${id} has ended or moved to a new id in a parallel request, so nothing of this one was saved.`,
  )
}

export function lockLost(id: string): ConflictError {
  return new ConflictError(`The lock of session ${id} was lost while the request ran, so it was not saved.`)
}

export function idTaken(): ConflictError {
  return new ConflictError('The id of a new session was taken: does token.generate() return random tokens?')
}

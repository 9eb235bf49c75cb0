import { ConflictError, SessionError } from '../errors.ts'

export function notLoaded(): SessionError {
  return new SessionError(
    'ERR_SESSION_NOT_LOADED',
    "The session has not been loaded yet: a stage that writes belongs after 'persist', or after its own yield.",
  )
}

export function unavailable(): SessionError {
  return new SessionError(
    'ERR_SESSION_UNAVAILABLE',
    'This request has no session that could be stored: it was skipped or refused, or the store was down.',
  )
}

export function leftBehind(): SessionError {
  return new SessionError(
    'ERR_SESSION_UNAVAILABLE',
    'This session object was left behind by destroy or regenerate, so nothing that is written to it can be saved. ' +
      'Use ctx.session again: it is another object now.',
  )
}

export function lateWrite(keys: readonly string[]): SessionError {
  const what = keys.length > 0 ? `: ${keys.join(', ')}` : ''
  return new SessionError(
    'ERR_SESSION_LATE_WRITE',
    `The session was written after it had been committed, and that is lost${what}. ` +
      'Write before the body is sent, set session.lateStore, or call session.save() afterwards.',
  )
}

export function headersSent(): SessionError {
  return new SessionError(
    'ERR_HEADERS_SENT',
    'The headers have been sent or the client has gone, so it cannot be told its new token. ' +
      'Call this verb before the body is written.',
  )
}

export function updateIsOver(): SessionError {
  return new SessionError(
    'ERR_SESSION_UNAVAILABLE',
    'The function of update() has ended, so nothing that is written to its data can be saved.',
  )
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

export function withinUpdate(): SessionError {
  return new SessionError(
    'ERR_SESSION_NESTED',
    'A verb of the session was called inside the function of update(), which it would have to wait for. ' +
      'Change the data that the function is given, and call the verb after update().',
  )
}

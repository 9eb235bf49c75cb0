import { SessionError } from '../errors.ts'
import type { Values } from './content.ts'

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

export function headersSent(): SessionError {
  return new SessionError(
    'ERR_HEADERS_SENT',
    'The headers have been sent, so the client cannot be told its new token. Call this verb before the body is written.',
  )
}

/** Stands for the data until they are loaded: shows nothing, and refuses to be written. */
export const UNLOADED: Values = new Proxy<Values>(
  {},
  {
    set() {
      throw notLoaded()
    },
    defineProperty() {
      throw notLoaded()
    },
    deleteProperty() {
      throw notLoaded()
    },
  },
)

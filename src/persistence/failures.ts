import { CorruptRecordError, SessionError, StoreUnavailableError } from '../errors.ts'

/** What is asked of a store. */
export type Operation = 'delete' | 'get' | 'lock' | 'set' | 'touch'

/** That a record is corrupt is an answer: there is none. @throws SessionError for any other failure. */
export function failed(operation: Operation, error: unknown): CorruptRecordError {
  if (error instanceof CorruptRecordError) return error
  throw typed(operation, error)
}

export function typed(operation: Operation, cause: unknown): SessionError {
  if (cause instanceof SessionError) return cause
  const message = `The session store failed in ${operation}.`
  return new StoreUnavailableError(message, { outcome: outcomeOf(operation), cause })
}

export function tooLate(operation: Operation): StoreUnavailableError {
  const message = `The session store has not answered ${operation} in time (option storeTimeout).`
  return new StoreUnavailableError(message, { outcome: outcomeOf(operation) })
}

/** An operation that writes may have taken place although it failed. */
const outcomeOf = (operation: Operation): 'none' | 'unknown' =>
  operation === 'get' || operation === 'lock' ? 'none' : 'unknown'

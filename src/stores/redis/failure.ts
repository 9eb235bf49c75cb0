import { type SessionError, StoreFullError, StoreUnavailableError } from '../../errors.ts'
import { foreign } from './record.ts'

export type Operation = 'get' | 'set' | 'touch' | 'delete' | 'lock' | 'verify'

/** Never left this process. */
export class Unsent extends Error {}

/** Sent, and not answered in time. */
export class Unanswered extends Error {}

/** A server that refuses says why in capitals: `READONLY You can't write against a read only replica.` */
const REFUSAL = /^-?[A-Z]{2,} /
/** What clients say of a command that they did not send. */
const NOT_SENT = /isn't writeable|ClientOfflineError|ClientClosedError|The client is (?:closed|offline)/

/** What went wrong, in the words of this package. */
export function explain(operation: Operation, error: unknown): SessionError {
  const cause = bare(error)
  const { message } = cause
  if (/\bOOM\b/.test(message) && REFUSAL.test(message)) {
    return new StoreFullError('Redis has no memory left.', { cause })
  }
  if (message.startsWith('WRONGTYPE')) return foreign(cause)
  const reads = operation === 'get' || operation === 'lock' || operation === 'verify'
  const outcome = reads || wasNotDone(error, cause) ? 'none' : 'unknown'
  const what =
    error instanceof Unsent || error instanceof Unanswered
      ? `Redis did not answer in time (${operation})`
      : `Redis failed in ${operation}`
  return new StoreUnavailableError(`${what}: ${message || cause.name}.`, { outcome, cause })
}

export function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT')
}

function wasNotDone(error: unknown, { message, name }: Error): boolean {
  return error instanceof Unsent || REFUSAL.test(message) || NOT_SENT.test(`${name} ${message}`)
}

/** Without what clients hang on to their errors, such as the command with its data; servers repeat arguments too. */
function bare(error: unknown): Error {
  const { message, name, stack } = error instanceof Error ? error : new Error(String(error))
  const cause = new Error(message.replace(/, with args beginning with.*/s, ''))
  cause.name = name
  if (stack !== undefined && cause.message === message) cause.stack = stack
  return cause
}

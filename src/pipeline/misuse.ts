import { SessionError } from '../errors.ts'
import { isPromise } from '../maybe-promise.ts'
import type { Failure, Step } from './half.ts'
import { stop } from './stage.ts'

/** A stage that yields or returns on the way in what has no meaning there. */
export function invalid(name: string, { done, value }: Step, earlier: Failure | undefined): SessionError {
  return new SessionError(
    'ERR_STAGE_INVALID',
    `Stage '${name}' ${done ? 'returned' : 'yielded'} ${kindOf(value)} on the way in, so the handler was not run. ${done ? meantByReturn(value) : meantByYield(value)}`,
    { cause: earlier?.error },
  )
}

export function yieldedTwice(name: string, earlier: Failure | undefined): SessionError {
  return new SessionError(
    'ERR_STAGE_YIELDED_TWICE',
    `Stage '${name}' yielded twice. A stage yields once: before it is the way in, after it the way out.`,
    { cause: earlier?.error },
  )
}

function meantByReturn(value: unknown): string {
  if (isPromise(value)) return 'A function* waits for a promise that it yields, not for one that it returns.'
  return 'To skip the handler, return stop; to go on inward, return nothing.'
}

function meantByYield(value: unknown): string {
  if (value === stop) return 'Write return stop instead.'
  return 'A bare yield goes on inward; to skip the handler, return stop.'
}

/** Never the value itself, which can be a token or the data of a session. */
function kindOf(value: unknown): string {
  if (value === stop) return 'stop'
  if (value === null || typeof value === 'boolean') return String(value)
  if (isPromise(value)) return 'a promise'
  return `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`
}

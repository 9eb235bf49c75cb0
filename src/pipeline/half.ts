import type { Context } from 'koa'
import { SessionError } from '../errors.ts'
import { isPromise, type MaybePromise } from '../maybe-promise.ts'
import type { Session } from '../session/session.ts'
import { type Stage, stop } from './stage.ts'

/** A generator, plain or async, as the runner drives it. */
export type Running = Generator<unknown, unknown, unknown> | AsyncGenerator<unknown, unknown, unknown>

/** What a generator answers when it is driven. */
export type Step = IteratorResult<unknown, unknown>

/** An error on its way outward; it can be `undefined` itself. */
export interface Failure {
  readonly error: unknown
}

/** Calls the hook of a stage. */
export function start({ name, hook }: Stage, ctx: Context, session: Session): Running {
  const running = hook(ctx, session) as Running | undefined
  // The one method that iterators of other kinds lack.
  if (typeof running?.throw === 'function') return running
  throw new SessionError(
    'ERR_STAGE_INVALID',
    `The hook of stage '${name}' did not return a generator. Write it as async function* or function*.`,
  )
}

/** Waits as often as the hook yields a promise, whose value or error comes back at that `yield`. */
export async function drive(running: Running, first: MaybePromise<Step>): Promise<Step> {
  let answer = first
  for (;;) {
    const step = isPromise(answer) ? await answer : answer
    let value: unknown
    try {
      if (step.done || !isPromise(step.value)) return step
      value = await step.value
    } catch (error) {
      answer = running.throw(error)
      continue
    }
    answer = running.next(value)
  }
}

// A `return()` met by a yield inside `finally` leaves the generator running; a second `return()` would
// skip the rest of that block, so it is resumed instead. The bound is for a generator that never ends.
const MOST_YIELDS = 1000

/** Ends a generator that should have gone no further: its finally blocks run. Returns what they throw. */
export async function end(running: Running): Promise<Failure | undefined> {
  try {
    let step = await drive(running, running.return(undefined))
    for (let count = 0; !step.done && count < MOST_YIELDS; count++)
      step = await drive(running, running.next())
  } catch (error) {
    return { error }
  }
  return undefined
}

/** The error for a stage that yields or returns on the way in what has no meaning there. */
export function invalid(name: string, step: Step, earlier: Failure | undefined): SessionError {
  const did = `${step.done ? 'returned' : 'yielded'} ${kindOf(step.value)}`
  return new SessionError(
    'ERR_STAGE_INVALID',
    `Stage '${name}' ${did} on the way in, so the handler was not run. ${meant(step)}`,
    { cause: earlier?.error },
  )
}

function meant({ done, value }: Step): string {
  if (done && isPromise(value))
    return 'A function* waits for a promise that it yields, not for one that it returns.'
  if (done) return 'To skip the handler, return stop; to go on inward, return nothing.'
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

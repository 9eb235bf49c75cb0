import type { Context } from 'koa'
import { SessionError } from '../errors.ts'
import { isPromise, type MaybePromise } from '../maybe-promise.ts'
import type { Session } from '../session/session.ts'
import type { Stage } from './stage.ts'

/** A generator, plain or async, as the runner drives it. */
export interface Running {
  next(value?: unknown): MaybePromise<Step>
  throw(error: unknown): MaybePromise<Step>
  return(): MaybePromise<Step>
}

/** What a generator answers when it is driven. */
export type Step = IteratorResult<unknown, unknown>

/** An error on its way outward; it can be `undefined` itself. */
export interface Failure {
  readonly error: unknown
}

/** Calls the hook of a stage. */
export function start(stage: Stage, ctx: Context, session: Session): Running {
  const running = stage.hook(ctx, session) as unknown as Partial<Running> | undefined
  // The one method that iterators of other kinds lack.
  if (typeof running?.throw === 'function') return running as Running
  throw new SessionError(
    'ERR_STAGE_INVALID',
    `The hook of stage '${stage.name}' did not return a generator. Write it as async function* or function*.`,
  )
}

/** Anything but a bare `yield`. */
export const yields = (step: Step): boolean => !step.done && step.value !== undefined

/** Waits as often as the hook yields a promise, whose value or error comes back at that `yield`. */
export async function settle(running: Running, first: Step): Promise<Step> {
  let step = first
  while (yields(step)) {
    let value: unknown
    let failure: Failure | undefined
    try {
      if (!isPromise(step.value)) break
      value = await step.value
    } catch (error) {
      failure = { error }
    }
    const resumed = failure ? running.throw(failure.error) : running.next(value)
    step = isPromise(resumed) ? await resumed : resumed
  }
  return step
}

// A `return()` met by a yield inside `finally` leaves the generator running; a second `return()` would
// skip the rest of that block, so it is resumed instead. The bound is for a generator that never ends.
const MOST_YIELDS = 1000

/** Ends a generator at a `yield` that should not be: its finally blocks run. Returns what they throw. */
export async function end(running: Running): Promise<Failure | undefined> {
  try {
    let step = await settle(running, await running.return())
    for (let count = 0; !step.done && count < MOST_YIELDS; count++) {
      step = await settle(running, await running.next())
    }
  } catch (error) {
    return { error }
  }
  return undefined
}

import type { Context } from 'koa'
import { SessionError } from '../errors.ts'
import { isPromise } from '../maybe-promise.ts'
import type { Session } from '../session/session.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import { type Hook, type Stage, stop } from './stage.ts'
import { stageChannel, traced } from './trace.ts'

type Running = ReturnType<Hook>
type Step = IteratorResult<void, void | typeof stop>

/** An error on its way outward; it can be `undefined` itself. */
interface Failure {
  readonly error: unknown
}

interface Entered {
  readonly stage: Stage
  readonly running: Running
}

/**
 * Runs the stages around `next()`, in Koa's onion order. Only what is a promise is awaited. Every
 * generator that was entered is finished exactly once, whatever happens.
 *
 * @throws SessionError `ERR_STAGE_INVALID`, `ERR_STAGE_YIELDED_TWICE`, and what stages and handler throw.
 */
export async function run(
  stages: readonly Stage[],
  ctx: Context,
  session: Session,
  next: () => Promise<unknown>,
): Promise<void> {
  const observed = stageChannel.hasSubscribers
  const entered: Entered[] = []
  let failure: Failure | undefined

  try {
    let stopped = false
    for (const stage of stages) {
      const running = start(stage, ctx, session)
      const half = observed ? traced(ctx, stage.name, 'in', advance, running) : running.next()
      const step = isPromise(half) ? await half : half
      if (!step.done) entered.push({ stage, running })
      else if (step.value === stop) {
        stopped = true
        break
      }
    }
    if (!stopped) await next()
  } catch (error) {
    failure = { error }
  }

  for (let last = entered.pop(); last; last = entered.pop()) {
    try {
      const half = observed
        ? traced(ctx, last.stage.name, 'out', finish, last, failure)
        : resume(last.running, failure)
      const step = isPromise(half) ? await half : half
      if (!step.done) await refuseSecondYield(last, failure)
      failure = undefined
    } catch (error) {
      failure = { error }
    }
  }
  if (failure) throw failure.error
}

function start(stage: Stage, ctx: Context, session: Session): Running {
  const running: Partial<Running> | undefined = stage.hook(ctx, session)
  if (typeof running?.next === 'function' && typeof running.throw === 'function') return running as Running
  throw new SessionError(
    'ERR_STAGE_INVALID',
    `The hook of stage '${stage.name}' did not return a generator. Write it as async function* or function*.`,
  )
}

const advance = (running: Running): MaybePromise<Step> => running.next()

function resume(running: Running, failure: Failure | undefined): MaybePromise<Step> {
  return failure ? running.throw(failure.error) : running.next()
}

/** The whole way out, so that a trace shows a second yield as the error that it is. */
async function finish(last: Entered, failure: Failure | undefined): Promise<Step> {
  const step = await resume(last.running, failure)
  return step.done ? step : refuseSecondYield(last, failure)
}

// A `return()` met by a yield inside `finally` leaves the generator running; a second `return()` would
// skip the rest of that block, so it is resumed instead. The bound is for a generator that never ends.
const MOST_YIELDS = 1000

async function refuseSecondYield({ stage, running }: Entered, earlier?: Failure): Promise<never> {
  let cause = earlier?.error
  try {
    let step: Step = await running.return()
    for (let yields = 0; !step.done && yields < MOST_YIELDS; yields++) step = await running.next()
  } catch (error) {
    cause = error
  }
  throw new SessionError(
    'ERR_STAGE_YIELDED_TWICE',
    `Stage '${stage.name}' yielded twice. A stage yields once: before it is the way in, after it the way out.`,
    { cause },
  )
}

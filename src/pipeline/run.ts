import type { Context } from 'koa'
import { isPromise, type MaybePromise } from '../maybe-promise.ts'
import type { Session } from '../session/session.ts'
import { SessionError } from '../errors.ts'
import { end, type Failure, invalid, type Running, drive, start, type Step } from './half.ts'
import { type Stage, stop } from './stage.ts'
import { type Trace, traceOf } from './trace.ts'

/**
 * Runs the stages around `next()`, in Koa's onion order. Only promises are waited for: stages without
 * promises cost one promise together, which is returned. Every generator that was entered is finished
 * exactly once, whatever happens.
 *
 * @throws SessionError `ERR_STAGE_INVALID`, `ERR_STAGE_YIELDED_TWICE`, and what stages and handler throw.
 */
export function run(
  stages: readonly Stage[],
  ctx: Context,
  session: Session,
  next: () => Promise<unknown>,
): Promise<void> {
  try {
    return Promise.resolve(new Passage(stages, ctx, session, next).inward())
  } catch (error) {
    return Promise.reject(error)
  }
}

/** A stage that is to be left again, and the one that was entered before it. */
interface Entered {
  readonly name: string
  readonly running: Running
  readonly outer: Entered | undefined
}

/** One request on its way through the stages and back. A half that has to wait ends in a method of its own. */
class Passage {
  readonly #stages: readonly Stage[]
  readonly #ctx: Context
  readonly #session: Session
  readonly #next: () => unknown
  readonly #trace: Trace | undefined
  #inmost: Entered | undefined
  #at = 0

  constructor(stages: readonly Stage[], ctx: Context, session: Session, next: () => unknown) {
    this.#stages = stages
    this.#ctx = ctx
    this.#session = session
    this.#next = next
    this.#trace = traceOf(ctx)
  }

  /** Through the stages that are left, to the handler, and back. */
  inward(): MaybePromise<void> {
    try {
      for (;;) {
        this.#trace?.end()
        const stage = this.#stages[this.#at++]
        if (!stage) break
        this.#trace?.begin(stage.name, 'in')
        const running = start(stage, this.#ctx, this.#session)
        const step = running.next()
        if (isPromise(step) || step.value !== undefined) return this.#admit(stage.name, running, step)
        if (!step.done) this.#inmost = { name: stage.name, running, outer: this.#inmost }
      }
      // Both ways back in one `then`, as another `then` would be another promise.
      return Promise.resolve(this.#next()).then(
        () => this.#outward(),
        (error: unknown) => this.#outward({ error }),
      )
    } catch (error) {
      return this.#outward({ error })
    }
  }

  /** The rest of a half on the way in that waits, or that goes no further. */
  async #admit(name: string, running: Running, first: MaybePromise<Step>): Promise<void> {
    let stopped = false
    try {
      const step = await drive(running, first)
      stopped = step.done === true && step.value === stop
      if (step.value !== undefined && !stopped) throw invalid(name, step, await end(running))
      if (!step.done) this.#inmost = { name, running, outer: this.#inmost }
    } catch (error) {
      return this.#outward({ error })
    }
    return stopped ? this.#outward() : this.inward()
  }

  /** Back through the stages that were entered. A failure is thrown at their yields until one of them catches it. */
  #outward(failure?: Failure): MaybePromise<void> {
    for (;;) {
      this.#trace?.end(failure)
      const last = this.#inmost
      if (!last) break
      this.#inmost = last.outer
      this.#trace?.begin(last.name, 'out')
      try {
        const step = failure ? last.running.throw(failure.error) : last.running.next()
        if (isPromise(step) || !step.done) return this.#leave(last, step, failure)
        failure = undefined
      } catch (error) {
        failure = { error }
      }
    }
    if (failure) throw failure.error
  }

  /** The rest of a half on the way out that waits, or that yields once more. */
  async #leave({ name, running }: Entered, first: MaybePromise<Step>, earlier?: Failure): Promise<void> {
    try {
      const step = await drive(running, first)
      if (!step.done) {
        throw new SessionError(
          'ERR_STAGE_YIELDED_TWICE',
          `Stage '${name}' yielded twice. A stage yields once: before it is the way in, after it the way out.`,
          { cause: ((await end(running)) ?? earlier)?.error },
        )
      }
    } catch (error) {
      return this.#outward({ error })
    }
    return this.#outward()
  }
}

import { type Duration, DURATION_FORMS, parseDuration } from '../checks/duration.ts'
import { wrongOption } from '../checks/messages.ts'
import type { StoreUnavailableError } from '../errors.ts'
import { LONGEST_TIMER } from '../maybe-promise.ts'

/** How long a store may take where nothing else was asked for, in milliseconds. */
export const STORE_TIMEOUT = 10_000

/**
 * How long a store may take for one answer, in milliseconds; `false`: as long as it likes.
 *
 * @throws SessionConfigError
 */
export function storeTimeoutOf(asked: Duration | false = STORE_TIMEOUT): number | false {
  const ms = asked === false ? false : parseDuration(asked, 'storeTimeout')
  if (ms === undefined) throw wrongOption('storeTimeout', `${DURATION_FORMS}, or false`, asked)
  return ms
}

/** Somebody who waits for an answer. */
interface Waiting {
  readonly until: number
  readonly giveUp: () => void
}

/** Waits so long for each answer of a store and no longer, with one timer for all of them. */
export class Patience {
  readonly #limit: number
  /** In the order of their ends, as all wait equally long. */
  readonly #waiting = new Set<Waiting>()
  /** Keeps the process alive while somebody waits. */
  #timer: NodeJS.Timeout | undefined

  constructor(limit: number) {
    this.#limit = limit
  }

  /** What comes after the end is heard by nobody. */
  wait<T>(answer: Promise<T>, tooLate: () => Error): Promise<T> {
    return new Promise((resolve, reject) => {
      const waiting = {
        until: performance.now() + this.#limit,
        giveUp: () => reject(tooLate()),
      }
      this.#waiting.add(waiting)
      if (this.#timer) this.#timer.ref()
      else this.#tick(this.#limit)
      answer.then(
        (value) => {
          this.#leave(waiting)
          resolve(value)
        },
        (error: Error) => {
          this.#leave(waiting)
          reject(error)
        },
      )
    })
  }

  #leave(waiting: Waiting): void {
    this.#waiting.delete(waiting)
    if (this.#waiting.size === 0) this.#timer?.unref()
  }

  #tick(ms: number): void {
    // The answers that a busy process has not come to yet are heard first.
    const judge = (): void => void setImmediate(() => this.#judge())
    this.#timer = setTimeout(judge, Math.min(ms, LONGEST_TIMER))
  }

  #judge(): void {
    this.#timer = undefined
    const now = performance.now()
    for (const waiting of this.#waiting) {
      // Timers may be early by less than a millisecond.
      if (waiting.until - now >= 1) return this.#tick(waiting.until - now)
      this.#waiting.delete(waiting)
      waiting.giveUp()
    }
  }
}

/** One request that asks a store. */
export interface Asker {
  readonly patience: Patience | undefined
  /** The store has not answered in time, so this request asks nothing more of it. */
  tooLate: StoreUnavailableError | undefined
}

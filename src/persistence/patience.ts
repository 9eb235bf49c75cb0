import { type Duration, DURATION_FORMS, parseDuration } from '../checks/duration.ts'
import { wrongOption } from '../checks/messages.ts'
import { LONGEST_TIMER } from '../maybe-promise.ts'

/** How long a store may take where nothing else was asked for, in milliseconds. */
const STORE_TIMEOUT = 10_000

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
  /** The place in the list. */
  at: number
  readonly until: number
  readonly giveUp: () => void
}

/** Waits so long for each answer of a store and no longer, with one timer for all of them. */
export class Patience {
  readonly #limit: number
  /** A plain list: the tables that a Set leaves behind when it grows would keep answered requests in memory. */
  readonly #waiting: Waiting[] = []
  /** Keeps the process alive while somebody waits. */
  #timer: NodeJS.Timeout | undefined

  constructor(limit: number) {
    this.#limit = limit
  }

  /** What comes after the end is heard by nobody. */
  wait<T>(answer: Promise<T>, tooLate: () => Error): Promise<T> {
    return new Promise((resolve, reject) => {
      const waiting = {
        at: this.#waiting.length,
        until: performance.now() + this.#limit,
        giveUp: () => reject(tooLate()),
      }
      this.#waiting.push(waiting)
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

  /** The last of the list takes the place. */
  #leave(waiting: Waiting): void {
    if (this.#waiting[waiting.at] !== waiting) return
    const last = this.#waiting.pop()!
    if (last !== waiting) {
      last.at = waiting.at
      this.#waiting[last.at] = last
    }
    if (this.#waiting.length === 0) this.#timer?.unref()
  }

  #tick(ms: number): void {
    // The answers that a busy process has not come to yet are heard first.
    const judge = (): void => void setImmediate(() => this.#judge())
    this.#timer = setTimeout(judge, Math.min(ms, LONGEST_TIMER))
  }

  #judge(): void {
    this.#timer = undefined
    const now = performance.now()
    // Timers may be early by less than a millisecond.
    for (const waiting of this.#waiting.filter(({ until }) => until - now < 1)) {
      this.#leave(waiting)
      waiting.giveUp()
    }
    let next = Infinity
    for (const { until } of this.#waiting) next = Math.min(next, until - now)
    if (next < Infinity) this.#tick(next)
  }
}

const patiences = new Map<number, Patience>()

/** Shared by all who wait equally long. */
export function patienceOf(timeout: number | false = STORE_TIMEOUT): Patience | undefined {
  if (timeout === false) return undefined
  let patience = patiences.get(timeout)
  if (!patience) patiences.set(timeout, (patience = new Patience(timeout)))
  return patience
}

import { setTimeout as pause } from 'node:timers/promises'
import { LONGEST_TIMER } from '../../checks/duration.ts'
import { SessionError } from '../../errors.ts'
import type { MaybePromise } from '../../maybe-promise.ts'
import type { SweepOptions, SweepResult } from '../store.ts'

/** Milliseconds that a sweep works in one go. */
export const SLICE = 4

/** How a sweep goes about it. */
export interface Pace {
  readonly slice: number
  readonly limit: number
  /** Aborted: end at the next step. */
  readonly signal?: AbortSignal | undefined
  /** Waits so many milliseconds, or until the sweep is to end. */
  readonly rest: (ms: number) => Promise<void>
}

/** What there is to clear away, and how often it happens by itself, in milliseconds. */
export interface Sweeping {
  readonly interval: number | false
  sweep(pace: Pace): Promise<SweepResult>
}

/**
 * Removes records that expired. Once started it does so from time to time by itself, and keeps no process alive by
 * that.
 */
export class Sweeper {
  readonly #sweeping: Sweeping
  readonly #stopping = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #running: Promise<SweepResult> | undefined
  #complained = false

  constructor(sweeping: Sweeping) {
    this.#sweeping = sweeping
  }

  /** With the first use; the first sweep comes early, as processes may live shorter than the interval. */
  start(): void {
    if (this.#timer === undefined) this.#plan(0.1 + Math.random() * 0.4)
  }

  /** A call while one runs joins it. `ref: false`: its pauses do not keep the process alive. */
  run({ slice = SLICE, limit = Infinity }: SweepOptions, ref = true): Promise<SweepResult> {
    const { signal } = this.#stopping
    const rest = (ms: number): Promise<void> => pause(ms, undefined, { ref, signal }).catch(() => undefined)
    this.#running ??= this.#sweeping.sweep({ slice, limit, signal, rest }).finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** What runs ends at its next step, which comes at once. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    clearTimeout(this.#timer)
    await this.#running?.catch(() => undefined)
  }

  /** Never at the same moments as other processes. */
  #plan(intervals: number): void {
    const { interval } = this.#sweeping
    if (interval === false || this.#stopping.signal.aborted) return
    const delay = Math.min(interval * intervals, LONGEST_TIMER)
    this.#timer = setTimeout(() => void this.#runByItself(), delay).unref()
  }

  async #runByItself(): Promise<void> {
    try {
      await this.run({}, false)
      this.#complained = false
    } catch (error) {
      this.#complain(error)
    }
    this.#plan(0.8 + Math.random() * 0.4)
  }

  /** Once, until it works again: there is no request to report it to. */
  #complain(error: unknown): void {
    if (this.#complained || this.#stopping.signal.aborted || !(error instanceof SessionError)) return
    this.#complained = true
    process.emitWarning(`Expired sessions could not be cleared away. ${error.message}`, { code: error.code })
  }
}

/**
 * Removes a batch at a time. Several processes may be at it: each record is removed once.
 *
 * @param batch removes so many records at most
 */
export async function sweepInBatches(
  { slice, limit, signal, rest }: Pace,
  size: number,
  batch: (limit: number) => MaybePromise<SweepResult>,
): Promise<SweepResult> {
  let removed = 0
  let began = performance.now()
  for (;;) {
    const swept = await batch(Math.min(size, limit - removed))
    removed += swept.removed
    if (swept.done || removed >= limit || signal?.aborted) return { removed, done: swept.done }
    const spent = performance.now() - began
    if (spent < slice) continue
    // As long as it has worked, so that requests come first.
    await rest(spent)
    began = performance.now()
  }
}

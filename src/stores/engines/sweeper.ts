import { setTimeout as pause } from 'node:timers/promises'
import { SessionError } from '../../errors.ts'
import type { SweepOptions, SweepResult } from '../store.ts'

const SLICE = 4
const LONGEST_TIMER = 2 ** 31 - 1

/** What there is to clear away. */
export interface Sweeping {
  /** Records that one call removes at most. */
  readonly size: number
  /** How often it happens by itself, in milliseconds. */
  readonly interval: number | false
  /** What is not a record; once for each sweep. */
  tidy(): Promise<void>
  /** Removes so many records at most. `last`: there are no others. */
  batch(limit: number): Promise<{ removed: number; last: boolean }>
}

/**
 * Removes records that expired, a batch at a time. Several processes may be at it: each record is removed once.
 * Once started it does so from time to time by itself, and keeps no process alive by that.
 */
export class Sweeper {
  readonly #sweeping: Sweeping
  readonly #stopping = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #complained = false

  constructor(sweeping: Sweeping) {
    this.#sweeping = sweeping
  }

  /** With the first use; the first sweep comes early, as processes may live shorter than the interval. */
  start(): void {
    if (this.#timer === undefined) this.#plan(0.1 + Math.random() * 0.4)
  }

  async run({ slice = SLICE, limit = Infinity }: SweepOptions, ref = true): Promise<SweepResult> {
    const { signal } = this.#stopping
    let removed = 0
    let began = performance.now()
    await this.#sweeping.tidy()
    for (;;) {
      const batch = await this.#sweeping.batch(Math.min(this.#sweeping.size, limit - removed))
      removed += batch.removed
      if (batch.last) return { removed, done: true }
      if (removed >= limit || signal.aborted) return { removed, done: false }
      const spent = performance.now() - began
      if (spent < slice) continue
      // As long as it has worked, so that requests come first.
      await pause(spent, undefined, { ref, signal }).catch(() => undefined)
      began = performance.now()
    }
  }

  stop(): void {
    this.#stopping.abort()
    clearTimeout(this.#timer)
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

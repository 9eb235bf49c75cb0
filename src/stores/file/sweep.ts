import { sep } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { SessionError } from '../../errors.ts'
import type { Lock, SweepOptions, SweepResult } from '../store.ts'
import type { Disk } from './disk.ts'
import { explain, isFull } from './failure.ts'
import { assertFolder } from './folder.ts'
import type { Leases } from './lease.ts'
import { Walk } from './walk.ts'

const SLICE = 4
/** Pauses are so many times as long as the slices: a fifth of the time is spent on work. */
const REST = 4
const LEASE = 60_000
const LONGEST_TIMER = 2 ** 31 - 1

/**
 * Clears a folder of records, a few milliseconds at a time; one sweeper per folder across processes. Once
 * started it does so from time to time by itself, and keeps no process alive by that.
 */
export class Sweeper {
  readonly #disk: Disk
  readonly #leases: Leases
  readonly #walk: Walk
  readonly #stopping = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #running: Promise<SweepResult> | undefined
  #complained = false

  constructor(disk: Disk, leases: Leases) {
    this.#disk = disk
    this.#leases = leases
    this.#walk = new Walk(disk)
  }

  /** With the first use; the first sweep comes early, as processes may live shorter than the interval. */
  start(): void {
    if (this.#timer === undefined) this.#plan(0.1 + Math.random() * 0.4)
  }

  /** A call while one runs joins it. `ref: false`: its pauses do not keep the process alive. */
  run(options: SweepOptions, ref = true): Promise<SweepResult> {
    this.#running ??= this.#sweep(options, ref).finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** What runs ends at its next slice, which comes at once. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    clearTimeout(this.#timer)
    await this.#running?.catch(() => undefined)
  }

  /** Never at the same moments as other processes. */
  #plan(intervals: number): void {
    const { sweepInterval } = this.#disk.settings
    if (sweepInterval === false || this.#stopping.signal.aborted) return
    const delay = Math.min(sweepInterval * intervals, LONGEST_TIMER)
    this.#timer = setTimeout(() => void this.#runByItself(), delay).unref()
  }

  async #runByItself(): Promise<void> {
    try {
      await this.run({}, false)
      this.#complained = false
    } catch (error) {
      this.#complain(explain(error, 'sweep'))
    }
    this.#plan(0.8 + Math.random() * 0.4)
  }

  /** Once, until it works again: there is no request to report it to. */
  #complain(error: Error): void {
    if (this.#complained || this.#stopping.signal.aborted || !(error instanceof SessionError)) return
    this.#complained = true
    process.emitWarning(`Expired sessions could not be cleared away. ${error.message}`, { code: error.code })
  }

  async #sweep({ slice = SLICE, limit = Infinity }: SweepOptions, ref: boolean): Promise<SweepResult> {
    const lease = this.#claim()
    if (lease === undefined) return { removed: 0, done: true }
    const { signal } = this.#stopping
    const work = this.#walk.steps()
    let removed = 0
    try {
      for (;;) {
        const began = performance.now()
        do {
          const step = work.next()
          if (step.done) return { removed, done: true }
          if (step.value === 'shortage') break
          if (step.value) removed += 1
          if (removed >= limit || signal.aborted) return { removed, done: false }
        } while (performance.now() - began < slice)
        const rest = (performance.now() - began) * REST
        await pause(rest, undefined, { ref, signal }).catch(() => undefined)
        if (lease !== 'none' && !(await lease.renew())) return { removed, done: false }
      }
    } finally {
      work.return()
      if (lease !== 'none') await lease.release()
    }
  }

  #claim(): Lock | 'none' | undefined {
    assertFolder(this.#disk)
    try {
      return this.#leases.attempt(this.#disk.root + sep + '.sweep', LEASE)
    } catch (error) {
      // Without an inode for the mark sweeping matters most, and two sweepers do no harm.
      if (isFull(error)) return 'none'
      throw error
    }
  }
}

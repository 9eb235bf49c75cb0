import { setTimeout as pause } from 'node:timers/promises'
import { SessionError } from '../../errors.ts'
import { RETENTION } from '../store.ts'
import type { SweepOptions, SweepResult } from '../store.ts'
import type { Database } from './database.ts'
import type { LockTable } from './locks.ts'

/** Rows that one statement removes. */
const BATCH = 100
const SLICE = 4
const LONGEST_TIMER = 2 ** 31 - 1

/**
 * Removes rows that expired, a batch at a time, in the order of their deadlines. Several processes may be at it:
 * each row is removed once, and only if it is still expired by then. Once started it does so from time to time by
 * itself, and keeps no process alive by that.
 */
export class Sweeper {
  readonly #database: Database
  readonly #locks: LockTable
  readonly #stopping = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #complained = false

  constructor(database: Database, locks: LockTable) {
    this.#database = database
    this.#locks = locks
  }

  /** With the first use; the first sweep comes early, as processes may live shorter than the interval. */
  start(): void {
    if (this.#timer === undefined) this.#plan(0.1 + Math.random() * 0.4)
  }

  async run({ slice = SLICE, limit = Infinity }: SweepOptions, ref = true): Promise<SweepResult> {
    const { signal } = this.#stopping
    let removed = 0
    let began = performance.now()
    await this.#locks.clear(RETENTION)
    for (;;) {
      const batch = await this.#removeBatch(Math.min(BATCH, limit - removed))
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

  #removeBatch(size: number): Promise<{ removed: number; last: boolean }> {
    const { knex, table, clock } = this.#database.settings
    return this.#database.run({ name: 'sweep', writes: true }, async (query) => {
      const end = Math.floor(clock() - RETENTION)
      // One more than it may remove: whether there are others.
      const expired = knex(table).select('id').where('expires_at', '<=', end)
      const rows = await query<{ id: string }[]>(expired.orderBy('expires_at').limit(size + 1))
      const ids = rows.slice(0, size).map(({ id }) => id)
      if (ids.length === 0) return { removed: 0, last: rows.length === 0 }
      const removed = await query<number>(knex(table).whereIn('id', ids).where('expires_at', '<=', end).del())
      return { removed, last: rows.length <= size }
    })
  }

  /** Never at the same moments as other processes. */
  #plan(intervals: number): void {
    const { sweepInterval } = this.#database.settings
    if (sweepInterval === false || this.#stopping.signal.aborted) return
    this.#timer = setTimeout(
      () => void this.#runByItself(),
      Math.min(sweepInterval * intervals, LONGEST_TIMER),
    ).unref()
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

import { sep } from 'node:path'
import type { SweepOptions, SweepResult } from '../store.ts'
import type { Disk } from './disk.ts'
import { isFull } from './failure.ts'
import { assertFolder } from './folder.ts'
import type { Lease } from './lease.ts'
import type { Leases } from './leases.ts'
import { pause } from './patience.ts'
import { Walk } from './walk.ts'

const SLICE = 4
/** Pauses are so many times as long as the slices: a fifth of the time is spent on work. */
const REST = 4
const LEASE = 60_000

/** Clears a folder of records, a few milliseconds at a time; one sweeper per folder across processes. */
export class Sweeper {
  readonly #disk: Disk
  readonly #leases: Leases
  readonly #walk: Walk
  #running: Promise<SweepResult> | undefined
  #stopped = false

  constructor(disk: Disk, leases: Leases) {
    this.#disk = disk
    this.#leases = leases
    this.#walk = new Walk(disk)
  }

  /** `keep: false`: the pauses do not keep the process alive. */
  run(options: SweepOptions, keep: boolean): Promise<SweepResult> {
    this.#running ??= this.#sweep(options, keep).finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  stop(): void {
    this.#stopped = true
  }

  async #sweep({ slice = SLICE, limit = Infinity }: SweepOptions, keep: boolean): Promise<SweepResult> {
    const lease = this.#claim()
    if (lease === undefined) return { removed: 0, done: true }
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
          if (removed >= limit || this.#stopped) return { removed, done: false }
        } while (performance.now() - began < slice)
        await pause((performance.now() - began) * REST, keep)
        if (lease !== 'none' && !(await lease.renew())) return { removed, done: false }
      }
    } finally {
      work.return()
      if (lease !== 'none') await lease.release()
    }
  }

  #claim(): Lease | 'none' | undefined {
    assertFolder(this.#disk.root)
    try {
      return this.#leases.attempt(this.#disk.root + sep + '.sweep', LEASE)
    } catch (error) {
      // Without an inode for the mark sweeping matters most, and two sweepers do no harm.
      if (isFull(error)) return 'none'
      throw error
    }
  }
}

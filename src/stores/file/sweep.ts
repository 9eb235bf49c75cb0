import { sep } from 'node:path'
import fs from 'fs-extra'
import { RETENTION } from '../store.ts'
import type { SweepOptions, SweepResult } from '../store.ts'
import type { Disk } from './disk.ts'
import { isAbsent, isFull, isShortage } from './failure.ts'
import type { Lease } from './lease.ts'
import type { Leases } from './leases.ts'
import { clearLitter } from './litter.ts'
import { pause } from './patience.ts'
import { removeIfExpired } from './remove.ts'

const FOLDERS = 256
const SLICE = 4
/** Pauses are so many times as long as the slices: a fifth of the time is spent on work. */
const REST = 4
const LEASE = 60_000
const ENTRIES = 128
const RECORD = /^x?[\da-f]{64}$/

/** Clears a folder of records, a few milliseconds at a time; one sweeper per folder across processes. */
export class Sweeper {
  readonly #disk: Disk
  readonly #leases: Leases
  /** Where the next sweep begins: the number of a folder, `FOLDERS` for what lies beside them. */
  #next = 0
  #running: Promise<SweepResult> | undefined
  #stopped = false

  constructor(disk: Disk, leases: Leases) {
    this.#disk = disk
    this.#leases = leases
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
    const work = this.#work()
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
    try {
      return this.#leases.attempt(this.#disk.root + sep + '.sweep', LEASE)
    } catch (error) {
      // Without an inode for the mark sweeping matters most, and two sweepers do no harm.
      if (isFull(error)) return 'none'
      throw error
    }
  }

  /** Tells for each thing it looks at whether a record was removed. */
  *#work(): Generator<boolean | 'shortage', void, void> {
    for (; this.#next <= FOLDERS; this.#next += 1) {
      const { root } = this.#disk
      yield* this.#clear(
        this.#next === FOLDERS ? root : root + sep + this.#next.toString(16).padStart(2, '0'),
      )
    }
    this.#next = 0
  }

  *#clear(folder: string): Generator<boolean | 'shortage', void, void> {
    const dir = yield* this.#insist(() => openFolder(folder))
    try {
      for (let entry = dir?.readSync(); entry; entry = dir?.readSync()) {
        const { name } = entry
        yield yield* this.#insist(() => this.#look(folder, name))
      }
    } finally {
      dir?.closeSync()
    }
  }

  #look(folder: string, name: string): boolean {
    try {
      const limit = this.#disk.settings.clock() - RETENTION
      if (RECORD.test(name)) return removeIfExpired(this.#disk, folder + sep + name, limit)
      clearLitter(this.#disk, folder, name)
    } catch (error) {
      // One file that cannot be removed must not keep the others.
      if (isShortage(error)) throw error
    }
    return false
  }

  *#insist<T>(task: () => T): Generator<'shortage', T, void> {
    const deadline = performance.now() + this.#disk.settings.limits.patience
    for (;;) {
      try {
        return task()
      } catch (error) {
        if (!isShortage(error) || performance.now() >= deadline) throw error
      }
      yield 'shortage'
    }
  }
}

function openFolder(path: string): fs.Dir | undefined {
  try {
    return fs.opendirSync(path, { bufferSize: ENTRIES })
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

import { sep } from 'node:path'
import fs from 'fs-extra'
import { RETENTION } from '../store.ts'
import type { Disk } from './disk.ts'
import { isAbsent, isShortage } from './failure.ts'
import { clearLitter } from './litter.ts'
import { removeIfExpired } from './remove.ts'

const FOLDERS = 256
/** How many names are read at a time. */
const ENTRIES = 128
const RECORD = /^x?[\da-f]{64}$/

/** Whether a record was removed, or that the next step must wait for a descriptor. */
export type Step = boolean | 'shortage'

/**
 * Goes through all files of a store, one a step, and removes those whose time is over. Left in the
 * middle of a folder, it begins with that folder the next time.
 */
export class Walk {
  readonly #disk: Disk
  /** The number of a folder, or `FOLDERS` for what lies beside them. */
  #next = 0

  constructor(disk: Disk) {
    this.#disk = disk
  }

  *steps(): Generator<Step, void, void> {
    for (; this.#next <= FOLDERS; this.#next += 1) {
      const { root } = this.#disk
      yield* this.#clear(
        this.#next === FOLDERS ? root : root + sep + this.#next.toString(16).padStart(2, '0'),
      )
    }
    this.#next = 0
  }

  *#clear(folder: string): Generator<Step, void, void> {
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

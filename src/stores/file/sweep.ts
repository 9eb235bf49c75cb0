import { sep } from 'node:path'
import fs from 'fs-extra'
import type { Leases } from '../engines/leases.ts'
import type { Pace, Sweeping } from '../engines/sweeper.ts'
import { type Lock, RETENTION, type SweepResult } from '../store.ts'
import { type Disk, unlinkIfThere } from './disk.ts'
import { explain, ifThere, isFull, isShortage } from './failure.ts'
import { assertFolder } from './folder.ts'
import { clearLease } from './lease.ts'
import { clearIfStale } from './lock.ts'
import { isDead, isStale, overtake, readMark } from './mark.ts'
import { removeIfExpired } from './remove.ts'

/** Pauses are so many times as long as the slices: a fifth of the time is spent on work. */
const REST = 4
/** One sweeper per folder across processes, for so many milliseconds if it dies. */
const LEASE = 60_000
const FOLDERS = 256
/** How many names are read at a time. */
const ENTRIES = 128
const RECORD = /^x?[\da-f]{64}$/
const HOUR = 3_600_000
/** How long damaged records are kept for an administrator to look at. */
const WEEK = 7 * 24 * HOUR

const LITTER = /^(\.sweep|x?[\da-f]{64})\.(?:(lock|lease)|(t|break|corrupt)-(.+))$/

/** Clears a folder of records, a few milliseconds at a time. */
export function sweepingOf(disk: Disk, leases: Leases): Sweeping {
  const walk = new Walk(disk)
  return {
    interval: disk.settings.sweepInterval,
    sweep: async (pace) => {
      try {
        const lease = await claim(disk, leases)
        // Another process is at it, or the store has been closed meanwhile.
        if (lease === undefined) return { removed: 0, done: pace.signal?.aborted !== true }
        return await sweep(walk, pace, lease)
      } catch (error) {
        throw explain(error, 'sweep')
      }
    },
  }
}

async function claim(disk: Disk, leases: Leases): Promise<Lock | 'none' | undefined> {
  assertFolder(disk)
  try {
    return await leases.attempt(disk.root + sep + '.sweep', LEASE)
  } catch (error) {
    // Without an inode for the mark sweeping matters most, and two sweepers do no harm.
    if (isFull(error)) return 'none'
    throw error
  }
}

async function sweep(walk: Walk, pace: Pace, lease: Lock | 'none'): Promise<SweepResult> {
  const work = walk.steps()
  let removed = 0
  try {
    for (;;) {
      const began = performance.now()
      do {
        const step = work.next()
        if (step.done) return { removed, done: true }
        if (step.value === 'shortage') break
        if (step.value) removed += 1
        if (removed >= pace.limit || pace.signal?.aborted) return { removed, done: false }
      } while (performance.now() - began < pace.slice)
      await pace.rest((performance.now() - began) * REST)
      if (lease !== 'none' && !(await lease.renew())) return { removed, done: false }
    }
  } finally {
    work.return()
    if (lease !== 'none') await lease.release()
  }
}

/** Whether a record was removed, or that the next step must wait for a descriptor. */
type Step = boolean | 'shortage'

/**
 * Goes through all files of a store, one a step, and removes those whose time is over. Left in the
 * middle of a folder, it begins with that folder the next time.
 */
class Walk {
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
    const dir = yield* this.#insist(() => ifThere(() => fs.opendirSync(folder, { bufferSize: ENTRIES })))
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

/**
 * Removes what a crash has left behind, and damaged records set aside a week ago. Ages are measured
 * by the real clock, as other processes may be at work.
 */
function clearLitter(disk: Disk, folder: string, name: string): void {
  const match = LITTER.exec(name)
  if (match === null) return
  const path = folder + sep + name
  const record = folder + sep + match[1]!
  const what = match[2] ?? match[3]
  const rest = match[4] ?? ''
  if (what === 'corrupt') {
    if (Date.now() - Number(rest) > WEEK) unlinkIfThere(path)
  } else if (what === 't') {
    // The mtime of a temporary file is a deadline already; its atime is when it was written.
    if (isDead(rest) || Date.now() - (statOf(path)?.atimeMs ?? Infinity) > HOUR) unlinkIfThere(path)
  } else if (what === 'lease') {
    clearLease(record, disk.settings.limits.uptime)
  } else {
    clearMark(disk, record, path, what === 'lock')
  }
}

function clearMark(disk: Disk, record: string, path: string, isLock: boolean): void {
  const { staleAfter } = disk.settings.limits
  const stat = statOf(path)
  const text = readMark(path)
  if (stat === undefined || text === undefined) return
  const age = Date.now() - stat.mtimeMs
  if (isLock) clearIfStale(disk, record, text, age)
  else if (isStale(text, age, staleAfter)) overtake(record, path, text, staleAfter)
}

function statOf(path: string): { readonly atimeMs: number; readonly mtimeMs: number } | undefined {
  return fs.lstatSync(path, { throwIfNoEntry: false })
}

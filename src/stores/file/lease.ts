import fs from 'fs-extra'
import type { Lock } from '../store.ts'
import { fromFileTime } from './deadline.ts'
import { explain, isAbsent } from './failure.ts'
import { makeFolderOf } from './folder.ts'
import { dropMark, markText, overtake, putMark, readMark, tagIn, timeIn } from './mark.ts'
import { isDead, nextSerial, tagOf } from './owner.ts'

/** Removing the mark of somebody else's lease takes no longer than this, in milliseconds. */
const OVERTAKING = 5_000

/**
 * The lock of a whole request, across processes: a mark that says until when it is held. Once it has
 * been renewed, its mtime says so. An owner that has ended is overtaken at once, one that is paused
 * when its time is over. There is no fence: every write is conditional anyway.
 */
export class Lease implements Lock {
  readonly #path: string
  readonly #text: string
  readonly #length: number
  readonly #clock: () => number
  readonly #released: (lease: Lease) => void

  constructor(
    path: string,
    text: string,
    length: number,
    clock: () => number,
    released: (lease: Lease) => void,
  ) {
    this.#path = path
    this.#text = text
    this.#length = length
    this.#clock = clock
    this.#released = released
  }

  async renew(): Promise<boolean> {
    try {
      if (readMark(this.#path) !== this.#text) return false
      return setEnd(this.#path, this.#clock() + this.#length)
    } catch (error) {
      throw explain(error, 'renew a lock')
    }
  }

  async release(): Promise<void> {
    try {
      dropMark(this.#path, this.#text)
    } catch (error) {
      throw explain(error, 'release a lock')
    } finally {
      this.#released(this)
    }
  }
}

/** The lease, or `undefined` while another has it. */
export function attemptLease(
  record: string,
  length: number,
  clock: () => number,
  released: (lease: Lease) => void,
): Lease | undefined {
  const path = leaseOf(record)
  const until = clock() + length
  const text = markText(tagOf(nextSerial()), until)
  if (!put(path, text) && !(clearLease(record, clock) && put(path, text))) return undefined
  setEnd(path, until)
  return new Lease(path, text, length, clock, released)
}

/** Removes the lease if it is over; `true`: it is gone. */
export function clearLease(record: string, clock: () => number): boolean {
  const path = leaseOf(record)
  const text = readMark(path)
  if (text === undefined) return true
  const isOver = () => isDead(tagIn(text)) || endOf(path, text) < clock()
  if (!isOver()) return false
  overtake(record, path, text, OVERTAKING, isOver)
  return readMark(path) !== text
}

export function leaseOf(record: string): string {
  return `${record}.lease`
}

function put(path: string, text: string): boolean {
  try {
    return putMark(path, text)
  } catch (error) {
    if (!isAbsent(error)) throw error
  }
  makeFolderOf(path)
  return putMark(path, text)
}

/** The mtime is the time of making until it is set. */
function endOf(path: string, text: string): number {
  const mtime = fromFileTime(fs.lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? -Infinity)
  const end = timeIn(text)
  // Where marks are files, the text may not be there yet.
  return Number.isNaN(end) ? mtime + OVERTAKING : Math.max(end, mtime)
}

function setEnd(path: string, until: number): boolean {
  try {
    const time = Math.min(until, Number.MAX_SAFE_INTEGER) / 1000
    fs.lutimesSync(path, time, time)
    return true
  } catch (error) {
    if (isAbsent(error)) return false
    throw error
  }
}

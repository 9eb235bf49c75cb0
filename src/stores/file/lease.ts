import fs from 'fs-extra'
import type { LeaseTable } from '../engines/leases.ts'
import { isSameBoot } from './boot.ts'
import type { Disk } from './disk.ts'
import { explain, ifThere, isAbsent, LONGEST_PAUSE } from './failure.ts'
import { assertFolder, makeFolderOf } from './folder.ts'
import { dropMark, isDead, markText, nextSerial, overtake, putMark, readMark } from './mark.ts'
import { tagIn, tagOf, timeIn, whereOf } from './mark.ts'

/** Removing the mark of somebody else's lease takes no longer than this, in milliseconds. */
const OVERTAKING = 5_000
/** A lease of another boot, of which nothing else is known, is over when it was not renewed for so long. */
const LEFT_BEHIND = 60_000

/**
 * The locks of whole requests: each is a mark that says until when it is held, by a clock that never steps. Its
 * mtime says the same, and later times once it has been renewed. An owner that has ended is overtaken at once, one
 * that is paused when its time is over. There is no fence: every write is conditional anyway.
 */
export class LeaseMarks implements LeaseTable {
  readonly longestPause: number = LONGEST_PAUSE
  readonly #disk: Disk

  constructor(disk: Disk) {
    this.#disk = disk
  }

  /** So long that the mark still fits where a full disk has room. */
  token(): string {
    return nextSerial()
  }

  take(record: string, serial: string, lease: number): boolean {
    const { uptime } = this.#disk.settings.limits
    const path = leaseOf(record)
    const until = uptime() + lease
    const text = markText(tagOf(serial), until)
    const taken = put(this.#disk, path, text) || (clearLease(record, uptime) && put(this.#disk, path, text))
    if (taken) setEnd(path, until)
    return taken
  }

  async renew(record: string, serial: string, lease: number): Promise<boolean> {
    const path = leaseOf(record)
    try {
      return markOf(path, serial) !== undefined && setEnd(path, this.#disk.settings.limits.uptime() + lease)
    } catch (error) {
      throw explain(error, 'renew a lock')
    }
  }

  async release(record: string, serial: string): Promise<void> {
    const path = leaseOf(record)
    try {
      const text = markOf(path, serial)
      if (text !== undefined) dropMark(path, text)
    } catch (error) {
      throw explain(error, 'release a lock')
    }
  }
}

/** The text of the mark, if it is that of this holder. */
function markOf(path: string, serial: string): string | undefined {
  const text = readMark(path)
  return text !== undefined && tagIn(text) === tagOf(serial) ? text : undefined
}

/** Removes the lease if it is over; `true`: it is gone. */
export function clearLease(record: string, uptime: () => number): boolean {
  const path = leaseOf(record)
  const text = readMark(path)
  if (text === undefined) return true
  const isOver = (): boolean => isDead(tagIn(text)) || hasEnded(path, text, uptime)
  if (!isOver()) return false
  overtake(record, path, text, OVERTAKING, isOver)
  return readMark(path) !== text
}

function leaseOf(record: string): string {
  return `${record}.lease`
}

function put(disk: Disk, path: string, text: string): boolean {
  try {
    return putMark(path, text)
  } catch (error) {
    if (!isAbsent(error)) throw error
  }
  assertFolder(disk)
  makeFolderOf(path)
  return putMark(path, text)
}

function hasEnded(path: string, text: string, uptime: () => number): boolean {
  const stat = fs.lstatSync(path, { throwIfNoEntry: false })
  if (!stat) return true
  // Neither kind of mark: nobody can hold it.
  if (!stat.isFile() && !stat.isSymbolicLink()) return true
  const { mtimeMs, ctimeMs } = stat
  const untouched = Math.abs(Date.now() - ctimeMs)
  const end = timeIn(text)
  // Where marks are files, the text may not be there yet.
  if (Number.isNaN(end)) return untouched > OVERTAKING
  if (!isSameBoot(whereOf(tagIn(text)))) return untouched > LEFT_BEHIND
  // Until it is set, the mtime is the time of making, by the wall clock, as the ctime is.
  const isSet = Math.abs(mtimeMs - ctimeMs) > 1_000
  return (isSet ? Math.max(end, mtimeMs) : end) < uptime()
}

function setEnd(path: string, until: number): boolean {
  const time = Math.min(until, Number.MAX_SAFE_INTEGER) / 1000
  return ifThere(() => (fs.lutimesSync(path, time, time), true)) ?? false
}

import fs from 'fs-extra'
import { formatDuration } from '../../checks/duration.ts'
import { LockTimeoutError, StoreUnavailableError } from '../../errors.ts'
import type { Lock, LockOptions } from '../store.ts'
import { isSameBoot } from './boot.ts'
import type { Disk } from './disk.ts'
import { Backoff, explain, ifThere, isAbsent } from './failure.ts'
import { assertFolder, makeFolderOf } from './folder.ts'
import { dropMark, isDead, markText, nextSerial, overtake, putMark, readMark } from './mark.ts'
import { tagIn, tagOf, timeIn, whereOf } from './mark.ts'

/** Removing the mark of somebody else's lease takes no longer than this, in milliseconds. */
const OVERTAKING = 5_000
/** A lease of another boot, of which nothing else is known, is over when it was not renewed for so long. */
const LEFT_BEHIND = 60_000
const LONGEST_TIMER = 2 ** 31 - 1

/** Somebody who waits for a lease. */
interface Waiter {
  /** Ends the present nap early. */
  wake: () => void
}

/**
 * The locks of whole requests, across processes: a mark that says until when it is held, by a clock that
 * never steps. Its mtime says the same, and later times once it has been renewed. An owner that has ended is overtaken at once, one that is paused
 * when its time is over. There is no fence: every write is conditional anyway. Inside this process
 * they are handed out in the order they were asked for.
 */
export class Leases {
  readonly #disk: Disk
  readonly #lines = new Map<string, Waiter[]>()
  readonly #held = new Set<Lock>()
  #closed = false

  constructor(disk: Disk) {
    this.#disk = disk
  }

  /** Rejects with `LockTimeoutError` after `wait`. */
  async take(record: string, { wait, lease }: LockOptions): Promise<Lock> {
    const deadline = performance.now() + wait
    const backoff = new Backoff()
    const waiter: Waiter = { wake: () => undefined }
    const line = this.#lines.get(record) ?? []
    this.#lines.set(record, line)
    line.push(waiter)
    try {
      for (;;) {
        if (this.#closed) {
          throw new StoreUnavailableError('The file store has been closed.', { outcome: 'none' })
        }
        const isFirst = line[0] === waiter
        const got = isFirst ? this.attempt(record, lease) : undefined
        if (got !== undefined) return got
        const left = deadline - performance.now()
        if (left <= 0) throw timeout(wait)
        // The first asks the disk again and again; the others are woken when the line moves.
        await nap(waiter, Math.min(left, isFirst ? backoff.next() : LONGEST_TIMER))
      }
    } finally {
      line.splice(line.indexOf(waiter), 1)
      if (line.length === 0) this.#lines.delete(record)
      else line[0]!.wake()
    }
  }

  /** The lease, or `undefined` while another has it. */
  attempt(record: string, length: number): Lock | undefined {
    const { uptime } = this.#disk.settings.limits
    const path = leaseOf(record)
    const until = uptime() + length
    const text = markText(tagOf(nextSerial()), until)
    if (!put(this.#disk, path, text) && !(clearLease(record, uptime) && put(this.#disk, path, text)))
      return undefined
    setEnd(path, until)
    const lease: Lock = {
      renew: async () => {
        try {
          return readMark(path) === text && setEnd(path, uptime() + length)
        } catch (error) {
          throw explain(error, 'renew a lock')
        }
      },
      release: async () => {
        try {
          dropMark(path, text)
        } catch (error) {
          throw explain(error, 'release a lock')
        } finally {
          this.#held.delete(lease)
          this.#lines.get(record)?.[0]?.wake()
        }
      },
    }
    this.#held.add(lease)
    return lease
  }

  /** Sends the waiting away and gives back what is held. */
  async close(): Promise<void> {
    this.#closed = true
    for (const line of this.#lines.values()) for (const waiter of line) waiter.wake()
    await Promise.allSettled([...this.#held].map((lease) => lease.release()))
  }
}

function nap(waiter: Waiter, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    waiter.wake = () => {
      clearTimeout(timer)
      resolve()
    }
  })
}

function timeout(wait: number): LockTimeoutError {
  const message = `Another request has held the lock of the session for ${formatDuration(Math.round(wait))}.`
  return new LockTimeoutError(message, Math.max(1, Math.ceil(wait / 1000)))
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

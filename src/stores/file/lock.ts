import { StoreUnavailableError } from '../../errors.ts'
import { dropMark, isStale, markText, overtake, putMark, readMark, tagIn, unlinkIfThere } from './mark.ts'
import { nextSerial, tagOf } from './owner.ts'
import { Backoff, pause } from './patience.ts'
import type { Limits } from './settings.ts'

/**
 * The very short lock of one record, across processes. A lock that is left over is overtaken, and its
 * owner, should it be alive after all, is fenced: whoever overtakes unlinks the owner's temporary
 * file first, without which the owner cannot replace the record. The name of that file follows from
 * the owner's tag, which the lock shows.
 */
export class WriteLock {
  readonly #record: string
  readonly #text: string
  readonly #limits: Limits
  readonly #since = performance.now()

  constructor(record: string, text: string, limits: Limits) {
    this.#record = record
    this.#text = text
    this.#limits = limits
  }

  isOurs(): boolean {
    return readMark(lockOf(this.#record)) === this.#text
  }

  /** Never throws: a lock that stays behind is overtaken, and what it was for has been done. */
  release(): void {
    const path = lockOf(this.#record)
    try {
      // Once others may be at it, the right to remove it is theirs or ours, not both.
      const slow = performance.now() - this.#since > this.#limits.staleAfter / 2
      if (slow) overtake(this.#record, path, this.#text, this.#limits.staleAfter)
      else dropMark(path, this.#text)
    } catch {
      // See above.
    }
  }
}

export function lockOf(record: string): string {
  return `${record}.lock`
}

export function tempOf(record: string, tag: string): string {
  return `${record}.t-${tag}`
}

/** The lock, or the mark of whoever has it. */
export function attemptLock(
  record: string,
  limits: Limits,
  tag: string = tagOf(nextSerial()),
): WriteLock | string {
  const text = markText(tag, Date.now())
  if (putMark(lockOf(record), text)) return new WriteLock(record, text, limits)
  return readMark(lockOf(record)) ?? ''
}

/** Waits for the lock. Rejects with `StoreUnavailableError` after `limits.lockWait`. */
export async function takeLock(record: string, limits: Limits, tag?: string): Promise<WriteLock> {
  const began = performance.now()
  const backoff = new Backoff()
  let seen = ''
  let since = began
  for (;;) {
    const lock = attemptLock(record, limits, tag)
    if (typeof lock !== 'string') return lock
    const now = performance.now()
    if (lock !== seen) [seen, since] = [lock, now]
    if (seen !== '' && clearIfStale(record, seen, now - since, limits) && now - began < limits.lockWait)
      continue
    if (now - began >= limits.lockWait) {
      throw new StoreUnavailableError('The lock of a record was not to be had.', { outcome: 'none' })
    }
    await pause(backoff.next())
  }
}

/** `true`: the lock is gone. */
export function clearIfStale(record: string, seen: string, watchedFor: number, limits: Limits): boolean {
  if (!isStale(seen, watchedFor, limits.staleAfter)) return false
  // First the fence, which needs no right, and frees an inode for it on a full disk.
  unlinkIfThere(tempOf(record, tagIn(seen)))
  overtake(record, lockOf(record), seen, limits.staleAfter)
  return readMark(lockOf(record)) !== seen
}

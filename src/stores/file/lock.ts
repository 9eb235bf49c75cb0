import { setTimeout as pause } from 'node:timers/promises'
import { StoreUnavailableError } from '../../errors.ts'
import { Backoff } from '../engines/backoff.ts'
import { type Disk, unlinkIfThere } from './disk.ts'
import { LONGEST_PAUSE } from './failure.ts'
import { dropMark, isStale, markText, nextSerial, overtake, putMark, readMark, tagIn, tagOf } from './mark.ts'

/**
 * The very short lock of one record, across processes. A lock that is left over is overtaken, and its
 * owner, should it be alive after all, is fenced: whoever overtakes unlinks the owner's temporary
 * file first, without which the owner cannot replace the record. The name of that file follows from
 * the owner's tag, which the lock shows.
 */
export interface WriteLock {
  isOurs(): boolean
  /** Never throws: a lock that stays behind is overtaken, and what it was for has been done. */
  release(): void
}

export function lockOf(record: string): string {
  return `${record}.lock`
}

export function tempOf(record: string, tag: string): string {
  return `${record}.t-${tag}`
}

/** The lock, or the mark of whoever has it. */
export function attemptLock(
  { settings }: Disk,
  record: string,
  tag: string = tagOf(nextSerial()),
): WriteLock | string {
  const path = lockOf(record)
  const text = markText(tag, Date.now())
  if (!putMark(path, text)) return readMark(path) ?? ''
  const since = performance.now()
  const { staleAfter } = settings.limits
  return {
    isOurs: () => readMark(path) === text,
    release: () => {
      try {
        // Once others may be at it, the right to remove it is theirs or ours, not both.
        if (performance.now() - since > staleAfter / 2) overtake(record, path, text, staleAfter)
        else dropMark(path, text)
      } catch {
        // See above.
      }
    },
  }
}

/** Waits for the lock. Rejects with `StoreUnavailableError` after `limits.lockWait`. */
export async function takeLock(disk: Disk, record: string, tag?: string): Promise<WriteLock> {
  const { lockWait } = disk.settings.limits
  const began = performance.now()
  const backoff = new Backoff(LONGEST_PAUSE)
  let seen = ''
  let since = began
  for (;;) {
    const lock = attemptLock(disk, record, tag)
    if (typeof lock !== 'string') return lock
    const now = performance.now()
    if (lock !== seen) [seen, since] = [lock, now]
    const cleared = seen !== '' && clearIfStale(disk, record, seen, now - since)
    if (now - began >= lockWait) {
      throw new StoreUnavailableError('The lock of a record was not to be had.', { outcome: 'none' })
    }
    if (!cleared) await pause(backoff.next())
  }
}

/** `true`: the lock is gone. */
export function clearIfStale({ settings }: Disk, record: string, seen: string, watchedFor: number): boolean {
  const { staleAfter } = settings.limits
  if (!isStale(seen, watchedFor, staleAfter)) return false
  // First the fence, which needs no right, and frees an inode for it on a full disk.
  unlinkIfThere(tempOf(record, tagIn(seen)))
  overtake(record, lockOf(record), seen, staleAfter)
  return readMark(lockOf(record)) !== seen
}

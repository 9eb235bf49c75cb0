import fs from 'fs-extra'
import type { Stored } from '../store.ts'
import { type Disk, removeFile, settle } from './disk.ts'
import { isFull } from './failure.ts'
import { fromFileTime } from './format.ts'
import { attemptLock, clearIfStale, takeLock, type WriteLock } from './lock.ts'
import { DAMAGED, readHeader, readRecordSync } from './read.ts'

/**
 * `false`: there was nothing. It holds the lock, so that no write that has checked its condition can
 * bring the record back. It needs no fence: a delete that ends late is a late delete.
 */
export function removeRecord(disk: Disk, record: string): Promise<boolean> {
  return disk.turns.take(record, async () => {
    if (fs.lstatSync(record, { throwIfNoEntry: false }) === undefined) return false
    const removed = await underLock(disk, record, () => removeFile(record))
    if (removed) await settle(disk, record)
    return removed
  })
}

/**
 * Sets a damaged file aside as `<name>.corrupt-<time>`, for an administrator to look at. If a whole
 * record has taken its place in the meantime, that is returned.
 */
export function setAside(disk: Disk, record: string): Promise<Stored | undefined | typeof DAMAGED> {
  return disk.turns.take(record, () =>
    underLock(disk, record, () => {
      const again = readRecordSync(disk, record)
      if (again === DAMAGED) fs.renameSync(record, asideOf(record))
      return again
    }),
  )
}

function asideOf(record: string): string {
  return `${record}.corrupt-${Date.now()}`
}

async function underLock<T>(disk: Disk, record: string, task: () => T | Promise<T>): Promise<T> {
  let lock: WriteLock | undefined
  try {
    lock = await takeLock(disk, record)
  } catch (error) {
    // Without an inode for the lock nobody can be writing, and removing is the way to get one back.
    if (!isFull(error)) throw error
  }
  try {
    return await task()
  } finally {
    lock?.release()
  }
}

/**
 * Removes the record if its deadline is before `limit`: at once, or not at all when somebody is
 * writing. It is synchronous, so that hardly a pause can fall between the check and the removal.
 */
export function removeIfExpired(disk: Disk, record: string, limit: number): boolean {
  // Most files are answered by their mtime, without being opened.
  const stat = fs.lstatSync(record, { throwIfNoEntry: false })
  if (!stat?.isFile() || fromFileTime(stat.mtimeMs) >= limit || !isExpired(record, limit)) return false
  let lock: WriteLock | string | undefined
  try {
    lock = attemptLock(disk, record)
  } catch (error) {
    if (!isFull(error)) throw error
  }
  if (typeof lock === 'string') {
    clearIfStale(disk, record, lock, 0)
    return false
  }
  try {
    if (!isExpired(record, limit) || lock?.isOurs() === false) return false
    if (readHeader(record) === DAMAGED) {
      fs.renameSync(record, asideOf(record))
      return false
    }
    fs.unlinkSync(record)
    return true
  } finally {
    lock?.release()
  }
}

/** Without a readable header the mtime has the last word. */
function isExpired(record: string, limit: number): boolean {
  const header = readHeader(record)
  return header === DAMAGED || (header !== undefined && header.expiresAt < limit)
}

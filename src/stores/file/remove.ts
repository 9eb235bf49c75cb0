import fs from 'fs-extra'
import type { Stored } from '../store.ts'
import { fromFileTime } from './deadline.ts'
import type { Disk } from './disk.ts'
import { isFull } from './failure.ts'
import { settle } from './folder.ts'
import { attemptLock, clearIfStale, takeLock } from './lock.ts'
import type { WriteLock } from './lock.ts'
import { DAMAGED, readHeader, readRecordSync } from './reader.ts'
import { removeFile } from './temp.ts'

/**
 * `false`: there was nothing. It holds the lock, so that no write that has checked its condition can
 * bring the record back. It needs no fence: a delete that ends late is a late delete.
 */
export function removeRecord(disk: Disk, record: string): Promise<boolean> {
  return disk.turns.run(record, async () => {
    if (fs.lstatSync(record, { throwIfNoEntry: false }) === undefined) return false
    const lock = await lockIfThereIsRoom(disk, record)
    let removed
    try {
      removed = await removeFile(record)
    } finally {
      lock?.release()
    }
    if (removed) await settle(disk, record)
    return removed
  })
}

/**
 * Sets a damaged file aside as `<name>.corrupt-<time>`, for an administrator to look at. If a whole
 * record has taken its place in the meantime, that is returned.
 */
export function setAside(disk: Disk, record: string): Promise<Stored | undefined | typeof DAMAGED> {
  return disk.turns.run(record, async () => {
    const lock = await lockIfThereIsRoom(disk, record)
    try {
      const again = readRecordSync(record)
      if (again === DAMAGED) fs.renameSync(record, asideOf(record))
      return again
    } finally {
      lock?.release()
    }
  })
}

function asideOf(record: string): string {
  return `${record}.corrupt-${Date.now()}`
}

/** Without an inode for the lock nobody can be writing, and removing is the way to get one back. */
async function lockIfThereIsRoom(disk: Disk, record: string): Promise<WriteLock | undefined> {
  try {
    return await takeLock(record, disk.settings.limits)
  } catch (error) {
    if (isFull(error)) return undefined
    throw error
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
  let lock
  try {
    lock = attemptLock(record, disk.settings.limits)
  } catch (error) {
    if (!isFull(error)) throw error
  }
  if (typeof lock === 'string') {
    clearIfStale(record, lock, 0, disk.settings.limits)
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

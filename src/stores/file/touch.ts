import fs from 'fs-extra'
import { LAST_MTIME, fromFileTime, toFileTime } from './deadline.ts'
import type { Disk } from './disk.ts'
import { isAbsent } from './failure.ts'
import { readRecord, DAMAGED } from './reader.ts'
import { replaceRecord } from './replace.ts'

/**
 * Moves the deadline later, never earlier: sets the mtime, which can neither create nor lose data
 * whatever else goes on. Synchronous, as a read of this record came before: the inode is in memory,
 * and the trip through the thread pool would cost ten times as much.
 */
export function touchRecord(disk: Disk, record: string, expiresAt: number): boolean | Promise<boolean> {
  const stat = fs.lstatSync(record, { throwIfNoEntry: false })
  if (stat === undefined) return false
  if (expiresAt > LAST_MTIME) return rewrite(disk, record, expiresAt)
  if (expiresAt <= fromFileTime(stat.mtimeMs)) return true
  try {
    fs.utimesSync(record, toFileTime(expiresAt), toFileTime(expiresAt))
    return true
  } catch (error) {
    if (isAbsent(error)) return false
    throw error
  }
}

/** For deadlines that not every disk can keep as a file time. */
async function rewrite(disk: Disk, record: string, expiresAt: number): Promise<boolean> {
  for (;;) {
    const found = await readRecord(record, disk.descriptors)
    if (found === undefined || found === DAMAGED) return false
    if (found.expiresAt >= expiresAt) return true
    const { data, version } = found
    const done = await replaceRecord(disk, record, { data, version, expiresAt, when: { version } })
    if (done !== undefined) return true
  }
}

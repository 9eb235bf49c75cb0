import fs from 'fs-extra'
import { LAST_MTIME, later, toFileTime } from './deadline.ts'
import type { Disk } from './disk.ts'
import { isShortage } from './failure.ts'
import { patiently } from './patience.ts'
import { DAMAGED, readRecord, withHeader } from './reader.ts'
import { replaceRecord } from './replace.ts'

/**
 * Moves the deadline of one version later, never earlier: sets the mtime of the very file whose header was
 * read, so that it can neither hit a newer record nor create or lose data, and needs no lock. Synchronous,
 * as a read of this record came before: the inode is in memory, and the trip through the thread pool would
 * cost ten times as much.
 */
export function touchRecord(
  disk: Disk,
  record: string,
  expiresAt: number,
  version: string,
): boolean | Promise<boolean> {
  if (expiresAt > LAST_MTIME) return rewrite(disk, record, expiresAt, version)
  const touch = () => setTime(record, expiresAt, version)
  try {
    return touch()
  } catch (error) {
    if (!isShortage(error)) throw error
    return patiently(touch, isShortage, disk.settings.limits.patience)
  }
}

function setTime(record: string, expiresAt: number, version: string): boolean {
  const touched = withHeader(record, (header, mtimeMs, fd) => {
    if (header.version !== version) return false
    if (expiresAt > later(header.expiresAt, mtimeMs)) {
      fs.futimesSync(fd, toFileTime(expiresAt), toFileTime(expiresAt))
    }
    return true
  })
  return touched === true
}

/** For deadlines that not every disk can keep as a file time. */
async function rewrite(disk: Disk, record: string, expiresAt: number, version: string): Promise<boolean> {
  const found = await readRecord(record, disk.descriptors)
  if (found === undefined || found === DAMAGED || found.version !== version) return false
  if (found.expiresAt >= expiresAt) return true
  const { data } = found
  return (await replaceRecord(disk, record, { data, version, expiresAt, when: { version } })) !== undefined
}

import fs from 'fs-extra'
import { StoreFullError, StoreUnavailableError } from '../../errors.ts'
import type { Condition } from '../store.ts'
import { type Disk, replaceFile, settle, unlinkIfThere, writeFile } from './disk.ts'
import { isAbsent, isShortage, patiently } from './failure.ts'
import { LARGEST_RECORD, LAST_MTIME, encodeRecord, toFileTime } from './format.ts'
import { takeLock, tempOf } from './lock.ts'
import { nextSerial, tagOf } from './mark.ts'
import { DAMAGED, readHeader, readRecord, withHeader } from './read.ts'

/** What a record is to become. */
interface Change {
  readonly data: string
  readonly expiresAt: number
  readonly when: Condition
  /** The version to keep, where only the deadline moves, and only to a later one. */
  readonly version?: string
}

/** `fenced`: overtaken for being slow. Nothing has been written. */
type Outcome = 'done' | 'refused' | 'fenced'

/** Compare and set: the new version, or `undefined` when the condition does not hold. */
export function writeRecord(disk: Disk, record: string, change: Change): Promise<string | undefined> {
  return disk.turns.take(record, async (waited) => {
    // Whoever was before in the line has most likely changed the version: then no file is written.
    if (waited && typeof change.when === 'object' && !holds(record, change)) return undefined
    const version = change.version ?? nextSerial()
    const bytes = encodeRecord(change.data, version, change.expiresAt)
    if (bytes.length > LARGEST_RECORD) {
      throw new StoreFullError(`Expected a record of at most ${LARGEST_RECORD} bytes, got ${bytes.length}.`)
    }
    const deadline = performance.now() + disk.settings.limits.lockWait
    for (;;) {
      const outcome = await attempt(disk, record, bytes, change)
      if (outcome !== 'fenced') return outcome === 'done' ? version : undefined
      if (performance.now() >= deadline) {
        throw new StoreUnavailableError('A write was overtaken again and again.', { outcome: 'none' })
      }
    }
  })
}

async function attempt(disk: Disk, record: string, bytes: Buffer, change: Change): Promise<Outcome> {
  const tag = tagOf(nextSerial())
  const temp = tempOf(record, tag)
  let outcome: Outcome = 'refused'
  try {
    await writeFile(disk, temp, bytes, change.expiresAt)
    const commit = () => commitTemp(disk, record, tag, bytes.length, change)
    outcome = await patiently(commit, isShortage, disk.settings.limits.patience)
  } catch (error) {
    // Only the fence takes the temporary file away, or somebody who took the whole folder.
    if (!isAbsent(error)) throw error
    outcome = 'fenced'
  } finally {
    if (outcome !== 'done') unlinkIfThere(temp)
  }
  if (outcome === 'done') await settle(disk, record)
  return outcome
}

/** The check and the rename. All but a large rename is synchronous: the lock is held for a few dozen microseconds. */
async function commitTemp(
  disk: Disk,
  record: string,
  tag: string,
  size: number,
  change: Change,
): Promise<Outcome> {
  const lock = await takeLock(disk, record, tag)
  try {
    if (!holds(record, change)) return 'refused'
    if (!lock.isOurs()) return 'fenced'
    await replaceFile(tempOf(record, tag), record, size)
    return 'done'
  } finally {
    lock.release()
  }
}

function holds(record: string, { when, version, expiresAt }: Change): boolean {
  const header = readHeader(record)
  if (when === 'absent') return header === undefined
  if (header === undefined || header === DAMAGED) return false
  if (when === 'present') return true
  return header.version === when.version && (version === undefined || header.expiresAt < expiresAt)
}

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
  if (expiresAt > LAST_MTIME) return touchHeader(disk, record, expiresAt, version)
  const touch = (): boolean =>
    withHeader(record, (header, fd) => {
      if (header.version !== version) return false
      if (header.expiresAt < expiresAt) fs.futimesSync(fd, toFileTime(expiresAt), toFileTime(expiresAt))
      return true
    }) === true
  try {
    return touch()
  } catch (error) {
    if (!isShortage(error)) throw error
    return patiently(touch, isShortage, disk.settings.limits.patience)
  }
}

/** For deadlines that not every disk can keep as a file time: the record is written anew. */
async function touchHeader(disk: Disk, record: string, expiresAt: number, version: string): Promise<boolean> {
  const found = await readRecord(disk, record)
  if (found === undefined || found === DAMAGED || found.version !== version) return false
  if (found.expiresAt >= expiresAt) return true
  const { data } = found
  const written = await writeRecord(disk, record, { data, version, expiresAt, when: { version } })
  return written !== undefined || touchHeader(disk, record, expiresAt, version)
}

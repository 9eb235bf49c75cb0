import { StoreUnavailableError } from '../../errors.ts'
import type { Condition } from '../store.ts'
import type { Disk } from './disk.ts'
import { isAbsent, isShortage } from './failure.ts'
import { encodeRecord } from './format.ts'
import { takeLock, tempOf } from './lock.ts'
import { unlinkIfThere } from './mark.ts'
import { nextSerial, tagOf } from './owner.ts'
import { patiently } from './patience.ts'
import { DAMAGED, readHeader } from './reader.ts'
import { settle } from './folder.ts'
import { replaceFile, writeTemp } from './temp.ts'

/** What a record is to become. */
export interface Change {
  readonly data: string
  readonly expiresAt: number
  readonly when: Condition
  /** The version to keep, where only the deadline moves. */
  readonly version?: string
}

/** `fenced`: overtaken for being slow. Nothing has been written. */
type Outcome = 'done' | 'refused' | 'fenced'

/** Compare and set: the new version, or `undefined` when the condition does not hold. */
export function replaceRecord(disk: Disk, record: string, change: Change): Promise<string | undefined> {
  return disk.turns.run(record, async (waited) => {
    // Whoever was before in the line has most likely changed the version: then no file is written.
    if (waited && typeof change.when === 'object' && !holds(record, change.when)) return undefined
    const version = change.version ?? nextSerial()
    const bytes = encodeRecord(change.data, version, change.expiresAt)
    const deadline = performance.now() + disk.settings.limits.lockWait
    let outcome = await attempt(disk, record, bytes, change)
    while (outcome === 'fenced') {
      if (performance.now() >= deadline) {
        throw new StoreUnavailableError('A write was overtaken again and again.', { outcome: 'none' })
      }
      outcome = await attempt(disk, record, bytes, change)
    }
    return outcome === 'done' ? version : undefined
  })
}

async function attempt(disk: Disk, record: string, bytes: Buffer, change: Change): Promise<Outcome> {
  const { durability, limits } = disk.settings
  const tag = tagOf(nextSerial())
  const temp = tempOf(record, tag)
  let outcome: Outcome = 'refused'
  try {
    await writeTemp(temp, bytes, change.expiresAt, durability, disk.descriptors)
    const commit = () => commitTemp(disk, record, tag, bytes.length, change.when)
    outcome = await patiently(commit, isShortage, limits.patience)
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

/**
 * The check and the rename. All but a large rename is synchronous: the lock is held for a few dozen
 * microseconds.
 */
async function commitTemp(
  disk: Disk,
  record: string,
  tag: string,
  size: number,
  when: Condition,
): Promise<Outcome> {
  const lock = await takeLock(record, disk.settings.limits, tag)
  try {
    if (!holds(record, when)) return 'refused'
    if (!lock.isOurs()) return 'fenced'
    await replaceFile(tempOf(record, tag), record, size)
    return 'done'
  } finally {
    lock.release()
  }
}

function holds(record: string, when: Condition): boolean {
  const header = readHeader(record)
  if (when === 'absent') return header === undefined
  if (header === undefined || header === DAMAGED) return false
  return when === 'present' || header.version === when.version
}

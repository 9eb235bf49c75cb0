import fs from 'fs-extra'
import type { Stored } from '../store.ts'
import { type Disk, READ } from './disk.ts'
import { ifThere, isAbsent } from './failure.ts'
import { isForeign } from './folder.ts'
import { decodeHeader, decodeRecord, type Header, HEADER_ROOM, LARGEST_RECORD } from './format.ts'

const LARGEST_READ = 2 ** 30

/** A file that is no whole record. */
export const DAMAGED: unique symbol = Symbol('damaged')
type Found<T> = T | undefined | typeof DAMAGED

/**
 * The record in the file. Only opening and reading wait in the thread pool: once a file is open its
 * times and size are in memory.
 */
export async function readRecord(disk: Disk, record: string): Promise<Found<Stored>> {
  try {
    return await disk.withFile(record, READ, async (fd) => {
      const stat = fs.fstatSync(fd)
      const { size, mtimeMs } = stat
      if (!isSound(disk, stat)) return DAMAGED
      const bytes = Buffer.allocUnsafe(size)
      for (let at = 0; at < size;) {
        const { bytesRead } = await fs.read(fd, bytes, at, Math.min(size - at, LARGEST_READ), at)
        if (bytesRead === 0) return DAMAGED
        at += bytesRead
      }
      return decodeRecord(bytes, mtimeMs) ?? DAMAGED
    })
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

export function readRecordSync(disk: Disk, record: string): Found<Stored> {
  return withFileSync(record, (fd) => {
    const stat = fs.fstatSync(fd)
    const { size, mtimeMs } = stat
    if (!isSound(disk, stat)) return DAMAGED
    const bytes = Buffer.allocUnsafe(size)
    for (let at = 0; at < size;) {
      const count = fs.readSync(fd, bytes, at, Math.min(size - at, LARGEST_READ), at)
      if (count === 0) return DAMAGED
      at += count
    }
    return decodeRecord(bytes, mtimeMs) ?? DAMAGED
  })
}

/** A file of ours, of a size that we write. Anything else in the place of a record is not even read. */
function isSound({ settings }: Disk, stat: fs.Stats): boolean {
  if (!stat.isFile() || stat.size > LARGEST_RECORD) return false
  return settings.trustFolder || !isForeign(stat)
}

const room = Buffer.allocUnsafe(HEADER_ROOM)

/** Version and deadline, without the data and without proof that they are whole. */
export function readHeader(record: string): Found<Header> {
  return withHeader(record, (header) => header)
}

/** What `use` makes of the header, while the file is open. */
export function withHeader<T>(record: string, use: (header: Header, fd: number) => T): Found<T> {
  return withFileSync(record, (fd) => {
    const stat = fs.fstatSync(fd)
    if (!stat.isFile()) return DAMAGED
    const length = fs.readSync(fd, room, 0, HEADER_ROOM, 0)
    const header = decodeHeader(room.subarray(0, length), stat.mtimeMs)
    return header === undefined ? DAMAGED : use(header, fd)
  })
}

function withFileSync<T>(path: string, task: (fd: number) => T): T | undefined {
  const fd = ifThere(() => fs.openSync(path, READ))
  if (fd === undefined) return undefined
  try {
    return task(fd)
  } finally {
    fs.closeSync(fd)
  }
}

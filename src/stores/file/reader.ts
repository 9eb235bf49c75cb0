import fs from 'fs-extra'
import type { Stored } from '../store.ts'
import { later } from './deadline.ts'
import type { Descriptors } from './descriptors.ts'
import { isAbsent } from './failure.ts'
import { HEADER_ROOM, decodeHeader, decodeRecord } from './format.ts'
import type { Header } from './format.ts'

const { O_RDONLY, O_NOFOLLOW } = fs.constants
// Windows has no O_NOFOLLOW: `undefined` counts as 0.
const READ = O_RDONLY | O_NOFOLLOW
const LARGEST_READ = 2 ** 30

/** A file that is no whole record. */
export const DAMAGED: unique symbol = Symbol('damaged')

/**
 * The record in the file. Only opening and reading wait in the thread pool: once a file is open its
 * times and size are in memory.
 */
export async function readRecord(
  path: string,
  descriptors: Descriptors,
): Promise<Stored | undefined | typeof DAMAGED> {
  let fd
  try {
    fd = await descriptors.open(path, READ)
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
  try {
    const { size, mtimeMs } = fs.fstatSync(fd)
    const bytes = Buffer.allocUnsafe(size)
    for (let at = 0; at < size;) {
      const { bytesRead } = await fs.read(fd, bytes, at, Math.min(size - at, LARGEST_READ), at)
      if (bytesRead === 0) return DAMAGED
      at += bytesRead
    }
    return decodeRecord(bytes, mtimeMs) ?? DAMAGED
  } finally {
    descriptors.close(fd)
  }
}

export function readRecordSync(path: string): Stored | undefined | typeof DAMAGED {
  return withFile(path, (fd) => {
    const { size, mtimeMs } = fs.fstatSync(fd)
    const bytes = Buffer.allocUnsafe(size)
    for (let at = 0; at < size;) {
      const count = fs.readSync(fd, bytes, at, Math.min(size - at, LARGEST_READ), at)
      if (count === 0) return DAMAGED
      at += count
    }
    return decodeRecord(bytes, mtimeMs) ?? DAMAGED
  })
}

const room = Buffer.allocUnsafe(HEADER_ROOM)

/** Version and deadline, without the data and without proof that they are whole. */
export function readHeader(
  path: string,
): { readonly version: string; readonly expiresAt: number } | undefined | typeof DAMAGED {
  return withHeader(path, ({ version, expiresAt }, mtimeMs) => ({
    version,
    expiresAt: later(expiresAt, mtimeMs),
  }))
}

/** What `use` makes of the header and the mtime of the file, which is open meanwhile. */
export function withHeader<T>(
  path: string,
  use: (header: Header, mtimeMs: number, fd: number) => T,
): T | undefined | typeof DAMAGED {
  return withFile(path, (fd) => {
    const header = decodeHeader(room.subarray(0, fs.readSync(fd, room, 0, HEADER_ROOM, 0)))
    return header === undefined ? DAMAGED : use(header, fs.fstatSync(fd).mtimeMs, fd)
  })
}

function withFile<T>(path: string, use: (fd: number) => T): T | undefined {
  let fd
  try {
    fd = fs.openSync(path, READ)
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
  try {
    return use(fd)
  } finally {
    fs.closeSync(fd)
  }
}

import fs from 'fs-extra'
import { StoreFullError } from '../../errors.ts'
import { toFileTime } from './deadline.ts'
import type { Descriptors } from './descriptors.ts'
import { isAbsent, isSharing } from './failure.ts'
import { folderOf, makeFolderOf, syncFolder } from './folder.ts'
import { patiently } from './patience.ts'
import type { Settings } from './settings.ts'

const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW } = fs.constants
// Windows has no O_NOFOLLOW: `undefined` counts as 0.
const CREATE = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
const LARGEST_WRITE = 2 ** 30
/** Up to here a rename is done at once, in bytes; a larger file may make the disk write it out first. */
const SMALL = 65_536
const WINDOWS_PATIENCE = 1_000

type Durability = Settings['durability']

/** Writes a whole file beside the record, with the deadline as its mtime. */
export async function writeTemp(
  path: string,
  bytes: Buffer,
  expiresAt: number,
  durability: Durability,
  descriptors: Descriptors,
): Promise<void> {
  const fd = await create(path, durability, descriptors)
  try {
    // Near the end of a disk a write may take fewer bytes than given, without an error.
    for (let at = 0; at < bytes.length;) {
      const { bytesWritten } = await fs.write(fd, bytes, at, Math.min(bytes.length - at, LARGEST_WRITE), at)
      if (bytesWritten === 0) throw new StoreFullError('The disk of the file store takes no more.')
      at += bytesWritten
    }
    fs.futimesSync(fd, Date.now() / 1000, toFileTime(expiresAt))
    if (durability !== 'none') await fs.fsync(fd)
  } finally {
    descriptors.close(fd)
  }
}

async function create(path: string, durability: Durability, descriptors: Descriptors): Promise<number> {
  try {
    return await descriptors.open(path, CREATE, 0o600)
  } catch (error) {
    if (!isAbsent(error)) throw error
  }
  makeFolderOf(path)
  if (durability === 'full') await syncFolder(folderOf(folderOf(path)), descriptors)
  return descriptors.open(path, CREATE, 0o600)
}

/** Puts the temporary file in the place of the record. */
export function replaceFile(temp: string, record: string, size: number): void | Promise<void> {
  if (process.platform === 'win32') {
    return patiently(() => fs.renameSync(temp, record), isSharing, WINDOWS_PATIENCE)
  }
  return size > SMALL ? fs.rename(temp, record) : fs.renameSync(temp, record)
}

/** Removes a file; `false`: there was none. */
export function removeFile(path: string): boolean | Promise<boolean> {
  const unlink = () => {
    try {
      fs.unlinkSync(path)
      return true
    } catch (error) {
      if (isAbsent(error)) return false
      throw error
    }
  }
  return process.platform === 'win32' ? patiently(unlink, isSharing, WINDOWS_PATIENCE) : unlink()
}

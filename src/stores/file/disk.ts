import { open } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import fs from 'fs-extra'
import { StoreFullError, StoreUnavailableError } from '../../errors.ts'
import { Turns } from '../../turns.ts'
import { ifThere, isAbsent, isSharing, isShortage, patiently } from './failure.ts'
import { assertFolder, makeFolderOf, prepareFolder } from './folder.ts'
import { toFileTime } from './format.ts'
import type { Settings } from './settings.ts'

const { O_CREAT, O_EXCL, O_RDONLY, O_WRONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants
// Opening a pipe would else wait for a writer. Windows has none of the two: `undefined` counts as 0.
export const READ: number = O_RDONLY | O_NOFOLLOW | O_NONBLOCK
const CREATE = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
const PRIVATE = 0o600
const LARGEST_WRITE = 2 ** 30
/** Up to here a rename is done at once, in bytes; a larger file may make the disk write it out first. */
const SMALL = 65_536
const WINDOWS_PATIENCE = 1_000

// Not that of fs-extra, which by itself tries again for a minute when there is no descriptor.
const openFile = promisify(open)

/** The folder of a store, and what the operations on it share in this process. */
export class Disk {
  /** Absolute path. */
  readonly root: string
  /** Which folder of which disk it was at start. */
  readonly place: string
  readonly settings: Settings
  readonly turns: Turns = new Turns()
  /** How many files may be opened yet. */
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(settings: Settings) {
    const { root, place } = prepareFolder(settings.dir, settings.trustFolder)
    this.root = root
    this.place = place
    this.settings = settings
    this.#free = settings.maxOpen
  }

  /** Opens a file for as long as the task runs. Waits while `maxOpen` are open, and while there is no descriptor. */
  async withFile<T>(path: string, flags: number, task: (fd: number) => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      const { patience } = this.settings.limits
      const fd = await patiently(() => openFile(path, flags, PRIVATE), isShortage, patience)
      try {
        return await task(fd)
      } finally {
        // Synchronous: nothing of ours is left to be written by it.
        fs.closeSync(fd)
      }
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free += 1
      else next()
    }
  }
}

/** Writes a whole new file, with the deadline as its mtime; makes its folder if need be. */
export async function writeFile(disk: Disk, path: string, bytes: Buffer, expiresAt: number): Promise<void> {
  const durable = disk.settings.durability !== 'none'
  const write = async (fd: number): Promise<void> => {
    // Near the end of a disk a write may take fewer bytes than given, without an error.
    for (let at = 0; at < bytes.length;) {
      const { bytesWritten } = await fs.write(fd, bytes, at, Math.min(bytes.length - at, LARGEST_WRITE), at)
      if (bytesWritten === 0) throw new StoreFullError('The disk of the file store takes no more.')
      at += bytesWritten
    }
    fs.futimesSync(fd, Date.now() / 1000, toFileTime(expiresAt))
    if (durable) await fs.fsync(fd)
  }
  try {
    await disk.withFile(path, CREATE, write)
  } catch (error) {
    if (!isAbsent(error)) throw error
    assertFolder(disk)
    makeFolderOf(path)
    if (disk.settings.durability === 'full') await syncFolder(disk, disk.root)
    await disk.withFile(path, CREATE, write)
  }
}

/** Puts the file in the place of the record. */
export function replaceFile(path: string, record: string, size: number): void | Promise<void> {
  if (process.platform === 'win32') {
    return patiently(() => fs.renameSync(path, record), isSharing, WINDOWS_PATIENCE)
  }
  return size > SMALL ? fs.rename(path, record) : fs.renameSync(path, record)
}

/** Removes a record; `false`: there was none. */
export function removeFile(record: string): boolean | Promise<boolean> {
  if (process.platform !== 'win32') return unlinkIfThere(record)
  return patiently(() => unlinkIfThere(record), isSharing, WINDOWS_PATIENCE)
}

export function unlinkIfThere(path: string): boolean {
  return ifThere(() => (fs.unlinkSync(path), true)) ?? false
}

/** With durability `'full'`: that the record has been renamed or removed outlives a power cut. */
export async function settle(disk: Disk, record: string): Promise<void> {
  if (disk.settings.durability !== 'full') return
  try {
    await syncFolder(disk, dirname(record))
  } catch (error) {
    const message = 'The file store has written, but not made it durable.'
    throw new StoreUnavailableError(message, { cause: error, outcome: 'unknown' })
  }
}

async function syncFolder(disk: Disk, path: string): Promise<void> {
  // Windows opens no folders.
  if (process.platform !== 'win32') await disk.withFile(path, O_RDONLY, (fd) => fs.fsync(fd))
}

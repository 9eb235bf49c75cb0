import { closeSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { SessionConfigError } from '../../errors.ts'

/*
 * LMDB maps any file, also a file of another program or a file that was cut off, and then crashes the process. So
 * this module looks first, at the first of the two pages that say what the file holds.
 */
const MAGIC = 0xbeefc0de
const MAGIC_AT = 24
const VERSION = 2
const VERSION_AT = 28
const PAGE_SIZE_AT = 48
const LENGTH = 52

/** Another process may be writing these pages for the first time. */
const LOOKS = 5
const PAUSE = 10

/** Throws `SessionConfigError` when LMDB must not open the folder's file. */
export function checkHeader(dir: string): void {
  for (let looks = 1; ; looks += 1) {
    const wrong = fault(join(dir, 'data.mdb'))
    if (wrong === undefined) return
    if (looks === LOOKS)
      throw new SessionConfigError(`LmdbStore cannot use the database in ${dir}: ${wrong}.`)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE)
  }
}

/** What is wrong with the file; one that is missing or empty is new. */
function fault(file: string): string | undefined {
  let fd: number
  try {
    fd = openSync(file, 'r')
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : String(error)
  }
  try {
    const head = Buffer.alloc(LENGTH)
    const read = readSync(fd, head, 0, LENGTH, 0)
    if (read === 0) return undefined
    if (read < LENGTH || head.readUInt32LE(MAGIC_AT) !== MAGIC) return 'data.mdb is no database of LMDB'
    const version = head.readUInt32LE(VERSION_AT)
    if (version !== VERSION) return `data.mdb is of version ${version} of LMDB's format, expected ${VERSION}`
    // The second of the pages must be there too.
    const second = readSync(fd, head, 0, LENGTH, head.readUInt32LE(PAGE_SIZE_AT))
    if (second < LENGTH || head.readUInt32LE(MAGIC_AT) !== MAGIC) return 'data.mdb has been cut off'
    return undefined
  } finally {
    closeSync(fd)
  }
}

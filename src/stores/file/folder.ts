import { createHash } from 'node:crypto'
import { dirname, resolve, sep } from 'node:path'
import fs from 'fs-extra'
import { SessionConfigError, StoreUnavailableError } from '../../errors.ts'
import { codeOf, isAbsent } from './failure.ts'

const PRIVATE = 0o700

/** The folder of a store: its absolute path, and which folder of which disk that was at start. */
export interface Folder {
  readonly root: string
  readonly place: string
}

/** Makes the folder of the store and checks it. Throws `SessionConfigError`. `trust`: whoever else may write to it. */
export function prepareFolder(dir: string, trust: boolean): Folder {
  const path = resolve(dir)
  let stat
  try {
    fs.mkdirSync(path, { recursive: true, mode: PRIVATE })
    stat = fs.statSync(path)
  } catch (error) {
    const code = codeOf(error) ?? 'unknown error'
    const reason = code === 'EEXIST' || code === 'ENOTDIR' ? 'there is a file in its place' : code
    throw refusal(path, `it could not be made: ${reason}`, error)
  }
  if (!stat.isDirectory()) throw refusal(path, 'it is no folder')
  if (process.platform !== 'win32') checkMode(path, stat)
  try {
    fs.accessSync(path, fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK)
  } catch (error) {
    throw refusal(path, 'this process may not read and write it', error)
  }
  if (!trust && process.platform !== 'win32') checkOwners(path)
  return { root: path, place: placeOf(path) ?? '' }
}

/** So many files are looked at, at start; each is looked at again when it is read. */
const MOST_FILES = 4096

/** Whoever can write to the folder, to those in it or to a record can log in as anybody. */
function checkOwners(root: string): void {
  let files = 0
  refuseForeign(root, root, fs.statSync(root))
  for (const folder of fs.readdirSync(root)) {
    if (!/^[\da-f]{2}$/.test(folder)) continue
    const path = root + sep + folder
    const stat = fs.lstatSync(path)
    if (!stat.isDirectory()) throw refusal(root, `the ${folder} in it is no folder`)
    refuseForeign(root, path, stat)
    for (const name of files < MOST_FILES ? fs.readdirSync(path) : []) {
      files += 1
      const file = fs.lstatSync(path + sep + name, { throwIfNoEntry: false })
      // What is no file is no record, whoever has put it there, and lets nobody in.
      if (file?.isFile()) refuseForeign(root, path + sep + name, file)
    }
  }
}

interface Owned {
  readonly mode: number
  readonly uid: number
}

/** Whether others than this process' user could have written it. */
export function isForeign({ mode, uid }: Owned): boolean {
  return process.platform !== 'win32' && (uid !== process.geteuid?.() || (mode & 0o022) !== 0)
}

function refuseForeign(root: string, path: string, stat: Owned): void {
  if (!isForeign(stat)) return
  const what = path === root ? 'it' : `${path.slice(root.length + 1, root.length + 12)}… in it`
  const mode = (stat.mode & 0o7777).toString(8).padStart(4, '0')
  const own = process.geteuid?.()
  const reason =
    stat.uid === own
      ? `the group or everybody may write to ${what} (mode ${mode}): chmod -R go-w`
      : `${what} belongs to the user ${stat.uid}, and this process runs as ${own}: chown -R`
  throw refusal(root, `${reason}, or set trustFolder: true if that is meant`)
}

/** Which folder of which disk; `undefined`: none. */
function placeOf(path: string): string | undefined {
  const stat = fs.statSync(path, { bigint: true, throwIfNoEntry: false })
  return stat && `${stat.dev}:${stat.ino}`
}

/** `access` says yes to root whatever the mode, and the mode is what the administrator meant. */
function checkMode(path: string, stat: { readonly mode: number; readonly uid: number }): void {
  const mode = (stat.mode & 0o7777).toString(8).padStart(4, '0')
  if (stat.mode & 0o002) {
    throw refusal(
      path,
      `everybody may write to it (mode ${mode}); expected 0700: chmod o-w, or another folder`,
    )
  }
  if (stat.uid === process.getuid?.() && (stat.mode & PRIVATE) !== PRIVATE) {
    throw refusal(path, `its owner may not read and write it (mode ${mode}); expected 0700`)
  }
}

function refusal(path: string, reason: string, cause?: unknown): SessionConfigError {
  return new SessionConfigError(`FileStore cannot keep sessions in ${path}: ${reason}.`, { cause })
}

/** Makes the folder that the file is to lie in; the one around it, which is the store's, has to be there. */
export function makeFolderOf(file: string): void {
  try {
    fs.mkdirSync(dirname(file), { mode: PRIVATE })
  } catch (error) {
    if (isAbsent(error)) throw gone(error)
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

/**
 * What is not found is no record, unless the whole folder is not there, or another one in its place: a disk that
 * was unmounted, a folder that somebody moved or made anew. To answer that with "no session" would log everybody
 * out.
 */
export function assertFolder({ root, place }: Folder): void {
  const now = placeOf(root)
  if (now === undefined) throw gone()
  if (now === place) return
  throw new StoreUnavailableError(
    'The folder of the file store is not the folder of the start: was the disk unmounted, or the folder made anew? ' +
      'Bring it back, or start the process again.',
    { outcome: 'none' },
  )
}

function gone(cause?: unknown): StoreUnavailableError {
  return new StoreUnavailableError('The folder of the file store is not there.', { cause, outcome: 'none' })
}

/**
 * The path of the record of an id, in one of 256 folders, by its first byte: a flat folder of 100 000
 * records is slow to sweep. What accompanies a record has its path with a suffix.
 */
export function recordOf(root: string, id: string): string {
  const name = nameOf(id)
  return root + sep + name.slice(-64, -62) + sep + name
}

/**
 * The id in hexadecimal, as disks may ignore case; ids are base64url of 32 bytes. Any other string,
 * and any other spelling of the same bytes, becomes `x` and its SHA-256, so that nothing a client
 * sends is ever part of a path, and no two ids share a name.
 */
export function nameOf(id: string): string {
  if (id.length === 43) {
    const bytes = Buffer.from(id, 'base64url')
    if (bytes.toString('base64url') === id) return bytes.toString('hex')
  }
  // UTF-16, as UTF-8 would make all lone surrogates one.
  return 'x' + createHash('sha256').update(Buffer.from(id, 'utf16le')).digest('hex')
}

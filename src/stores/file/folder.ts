import { createHash } from 'node:crypto'
import { dirname, resolve, sep } from 'node:path'
import fs from 'fs-extra'
import { SessionConfigError, StoreUnavailableError } from '../../errors.ts'
import { codeOf, isAbsent } from './failure.ts'

const PRIVATE = 0o700

/** Makes the folder of the store and checks it. Throws `SessionConfigError`. Returns the absolute path. */
export function prepareFolder(dir: string): string {
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
  return path
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
 * What is not found is no record, unless the whole folder is not there: a disk that was not mounted, a
 * folder that somebody moved. To answer that with "no session" would log everybody out.
 */
export function assertFolder(root: string): void {
  if (!fs.existsSync(root)) throw gone()
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

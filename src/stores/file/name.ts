import { createHash } from 'node:crypto'
import { sep } from 'node:path'

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

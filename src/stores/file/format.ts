import { crc32 } from 'node:zlib'
import type { Stored } from '../store.ts'
import { later } from './deadline.ts'

/*
 * A record is one line of ASCII and the data:
 *
 *   koa-session 1 <crc> <encoding> <version> <expiresAt> <length>\n<data>
 *
 * `1` is the number of the format. The crc, 8 hexadecimal digits, is the CRC-32 of all bytes after
 * it, so a flipped bit shows wherever it is. Encoding is `utf8`, or `utf16` (little endian) for text
 * with lone surrogates. `expiresAt` is in milliseconds, `length` in bytes of data. The deadline is
 * also in the file's mtime, and the later of the two counts: touching is setting the mtime.
 */
const MAGIC = 'koa-session 1 '
const CRC_END = MAGIC.length + 8
const NO_CRC = '00000000'

/** As many bytes as a header can be long, or more. */
export const HEADER_ROOM = 192

export interface Header {
  readonly version: string
  readonly expiresAt: number
  readonly encoding: 'utf8' | 'utf16le'
  /** Where the data begin, and how many bytes they are. */
  readonly start: number
  readonly length: number
}

export function encodeRecord(data: string, version: string, expiresAt: number): Buffer {
  const encoding = /\p{Surrogate}/u.test(data) ? 'utf16le' : 'utf8'
  const length = Buffer.byteLength(data, encoding)
  const name = encoding === 'utf8' ? 'utf8' : 'utf16'
  const header = `${MAGIC}${NO_CRC} ${name} ${version} ${Math.ceil(expiresAt)} ${length}\n`
  const bytes = Buffer.allocUnsafe(header.length + length)
  bytes.write(header, 'latin1')
  bytes.write(data, header.length, encoding)
  bytes.write(checksum(bytes), MAGIC.length, 'latin1')
  return bytes
}

/** `undefined`: not a record that this version wrote. */
export function decodeHeader(bytes: Buffer): Header | undefined {
  const end = bytes.indexOf(10)
  if (end < 0 || end > HEADER_ROOM || bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined
  const [crc, name, version, expiry, size, more] = bytes.toString('latin1', MAGIC.length, end).split(' ')
  const expiresAt = Number(expiry)
  const length = Number(size)
  if (crc?.length !== NO_CRC.length || !version || !size || more !== undefined || Number.isNaN(expiresAt))
    return undefined
  if (!Number.isSafeInteger(length) || length < 0 || (name !== 'utf8' && name !== 'utf16')) return undefined
  return { version, expiresAt, encoding: name === 'utf8' ? 'utf8' : 'utf16le', start: end + 1, length }
}

/** `undefined`: damaged. */
export function decodeRecord(bytes: Buffer, mtimeMs: number): Stored | undefined {
  const header = decodeHeader(bytes)
  if (header === undefined || bytes.length !== header.start + header.length) return undefined
  if (bytes.toString('latin1', MAGIC.length, CRC_END) !== checksum(bytes)) return undefined
  return {
    data: bytes.toString(header.encoding, header.start),
    version: header.version,
    expiresAt: later(header.expiresAt, mtimeMs),
  }
}

function checksum(bytes: Buffer): string {
  return crc32(bytes.subarray(CRC_END)).toString(16).padStart(8, '0')
}

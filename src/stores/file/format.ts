import { crc32 } from 'node:zlib'
import type { Stored } from '../store.ts'

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

/** Records larger than this, in bytes, are neither written nor read: no session is, and a file of holes may be. */
export const LARGEST_RECORD: number = 2 ** 26

/** As many bytes as a header can be long, or more. */
export const HEADER_ROOM = 192

export interface Header {
  readonly version: string
  /** The later of those in the header and in the mtime. */
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
export function decodeHeader(bytes: Buffer, mtimeMs: number): Header | undefined {
  const end = bytes.indexOf(10)
  if (end < 0 || end > HEADER_ROOM || bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined
  const [crc, name, version, expiry, size, more] = bytes.toString('latin1', MAGIC.length, end).split(' ')
  const expiresAt = Math.max(Number(expiry), fromFileTime(mtimeMs))
  const length = Number(size)
  if (crc?.length !== NO_CRC.length || !version || !size || more !== undefined || Number.isNaN(expiresAt))
    return undefined
  if (!Number.isSafeInteger(length) || length < 0 || (name !== 'utf8' && name !== 'utf16')) return undefined
  return { version, expiresAt, encoding: name === 'utf8' ? 'utf8' : 'utf16le', start: end + 1, length }
}

/** `undefined`: damaged. */
export function decodeRecord(bytes: Buffer, mtimeMs: number): Stored | undefined {
  const header = decodeHeader(bytes, mtimeMs)
  if (header === undefined || bytes.length !== header.start + header.length) return undefined
  if (bytes.toString('latin1', MAGIC.length, CRC_END) !== checksum(bytes)) return undefined
  const { version, expiresAt, encoding, start } = header
  return { data: bytes.toString(encoding, start), version, expiresAt }
}

function checksum(bytes: Buffer): string {
  return crc32(bytes.subarray(CRC_END)).toString(16).padStart(8, '0')
}

/** Disks with 32-bit times end in January 2038, and some wrap: later deadlines are in the header alone. */
export const LAST_MTIME: number = (2 ** 31 - 1) * 1000

/** The deadline as a file time: seconds. */
export function toFileTime(expiresAt: number): number {
  return Math.min(Math.max(Math.ceil(expiresAt), 0), LAST_MTIME) / 1000
}

/** Disks keep times in fractions of seconds and cut them off: a millisecond may come back short by some nanoseconds. */
export function fromFileTime(mtimeMs: number): number {
  return Math.round(mtimeMs)
}

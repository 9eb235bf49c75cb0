import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { decodeText, encodeText } from '../engines/text.ts'
import type { Stored } from '../store.ts'

/*
 * A value is one byte for the number of the format, the CRC-32 of all that follows, the deadline (a double), the
 * version (16 random bytes), and the text in UTF-8.
 */
const FORMAT = 1
const CRC_AT = 1
const DEADLINE_AT = 5
const VERSION_AT = 13
const TEXT_AT = 29

/** A value that nobody has written like this. */
export const DAMAGED: unique symbol = Symbol('damaged')

export function encodeRecord(data: string, expiresAt: number): { value: Buffer; version: string } {
  const text = encodeText(data)
  const value = Buffer.allocUnsafe(TEXT_AT + Buffer.byteLength(text))
  value.writeUInt8(FORMAT)
  value.writeDoubleBE(expiresAt, DEADLINE_AT)
  const nonce = randomBytes(TEXT_AT - VERSION_AT)
  nonce.copy(value, VERSION_AT)
  value.write(text, TEXT_AT)
  return { value: seal(value), version: nonce.toString('base64url') }
}

/** The same record with another deadline. */
export function withDeadline(value: Buffer, expiresAt: number): Buffer {
  const copy = Buffer.from(value)
  copy.writeDoubleBE(expiresAt, DEADLINE_AT)
  return seal(copy)
}

export function decodeRecord(value: Buffer): Stored | typeof DAMAGED {
  if (value.length < TEXT_AT || value[0] !== FORMAT) return DAMAGED
  if (value.readUInt32BE(CRC_AT) !== checksum(value)) return DAMAGED
  const data = decodeText(value.toString('utf8', TEXT_AT))
  if (data === undefined) return DAMAGED
  const version = value.toString('base64url', VERSION_AT, TEXT_AT)
  return { data, version, expiresAt: value.readDoubleBE(DEADLINE_AT) }
}

function seal(value: Buffer): Buffer {
  value.writeUInt32BE(checksum(value), CRC_AT)
  return value
}

function checksum(value: Buffer): number {
  return crc32(value.subarray(DEADLINE_AT))
}

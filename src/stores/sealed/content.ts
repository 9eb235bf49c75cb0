import { toUSVString } from 'node:util'

/** What a token holds. */
export interface SealedRecord {
  readonly id: string
  readonly data: string
  readonly expiresAt: number
}

/** Deadline (8 bytes), length of the id and how both texts are written (1 byte), id, data. */
const FORM_AT = 8
const ID_AT = 9
const LONGEST_ID = 63
/** The id was base64url and stands here decoded, a quarter shorter: a cookie is small. */
const DECODED = 128
/** The data hold lone surrogates, which UTF-8 cannot write. */
const UTF16 = 64

/** @throws RangeError for an id of more than 63 bytes, or with lone surrogates. */
export function packRecord({ id, data, expiresAt }: SealedRecord): Buffer {
  const decoded = Buffer.from(id, 'base64url')
  const short = decoded.toString('base64url') === id
  const idBytes = short ? decoded : Buffer.from(id)
  if (idBytes.length > LONGEST_ID || (!short && idBytes.toString() !== id)) {
    throw new RangeError(`Expected the id of a sealed session to be a text of at most ${LONGEST_ID} bytes.`)
  }
  let length = Buffer.byteLength(data)
  const exotic = length !== data.length && toUSVString(data) !== data
  if (exotic) length = data.length * 2
  const dataAt = ID_AT + idBytes.length
  const plain = Buffer.allocUnsafe(dataAt + length)
  plain.writeDoubleBE(expiresAt, 0)
  plain[FORM_AT] = idBytes.length | (short ? DECODED : 0) | (exotic ? UTF16 : 0)
  plain.set(idBytes, ID_AT)
  plain.write(data, dataAt, exotic ? 'utf16le' : 'utf8')
  return plain
}

/** Only for what has been authenticated: it trusts what it reads. */
export function unpackRecord(plain: Buffer): SealedRecord {
  const form = plain[FORM_AT]!
  const dataAt = ID_AT + (form & LONGEST_ID)
  return {
    id: plain.toString(form & DECODED ? 'base64url' : 'utf8', ID_AT, dataAt),
    data: plain.toString(form & UTF16 ? 'utf16le' : 'utf8', dataAt),
    expiresAt: plain.readDoubleBE(0),
  }
}

/** What a token holds. */
export interface SealedRecord {
  readonly id: string
  readonly data: string
  readonly expiresAt: number
}

/** Deadline (8 bytes), length of the id and how it is written (1 byte), id, data. */
const ID_LENGTH_AT = 8
const ID_AT = 9
const LONGEST_ID = 127
/** The id was base64url and stands here decoded, a quarter shorter: a cookie is small. */
const DECODED = 128

export function packRecord({ id, data, expiresAt }: SealedRecord): Buffer {
  const decoded = Buffer.from(id, 'base64url')
  const short = decoded.toString('base64url') === id
  const idBytes = short ? decoded : Buffer.from(id)
  if (idBytes.length > LONGEST_ID) {
    throw new RangeError(`Expected the id of a sealed session to have at most ${LONGEST_ID} bytes.`)
  }
  const dataAt = ID_AT + idBytes.length
  const plain = Buffer.allocUnsafe(dataAt + Buffer.byteLength(data))
  plain.writeDoubleBE(expiresAt, 0)
  plain[ID_LENGTH_AT] = idBytes.length | (short ? DECODED : 0)
  plain.set(idBytes, ID_AT)
  plain.write(data, dataAt)
  return plain
}

/** Only for what has been authenticated: it trusts what it reads. */
export function unpackRecord(plain: Buffer): SealedRecord {
  const length = plain[ID_LENGTH_AT]!
  const dataAt = ID_AT + (length & LONGEST_ID)
  return {
    id: plain.toString(length & DECODED ? 'base64url' : 'utf8', ID_AT, dataAt),
    data: plain.toString('utf8', dataAt),
    expiresAt: plain.readDoubleBE(0),
  }
}

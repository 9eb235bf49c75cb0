import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { drawIv, IV_BYTES } from './iv.ts'

/**
 * A token is base64url of: format (1 byte), key id (2), IV (12), ciphertext, tag (16). Format and key id fill
 * four characters exactly, so each key knows its tokens by how they begin, before anything is decoded.
 */
const FORMAT = 1
const KEY_ID_BYTES = 2
const HEAD_BYTES = 1 + KEY_ID_BYTES
const TAG_BYTES = 16
const KEY_BYTES = 32
const CIPHER = 'aes-256-gcm'
const TAG = { authTagLength: TAG_BYTES }

/** One secret, made into an AES-256-GCM key for one purpose. */
export class SealingKey {
  readonly #key: KeyObject
  readonly #head: Buffer
  readonly #prefix: string
  /** Format, key id and purpose: authenticated with each token, so that none passes for another kind. */
  readonly #bound: Buffer

  constructor(secret: string | Uint8Array, purpose: string) {
    const info = `koa-session-pipeline/sealed/${FORMAT}/${purpose}`
    // No salt, as the secret is random already (RFC 5869 §3.1); one derivation yields key and key id.
    const derived = Buffer.from(hkdfSync('sha256', secret, '', info, KEY_BYTES + KEY_ID_BYTES))
    this.#key = createSecretKey(derived.subarray(0, KEY_BYTES))
    this.#head = Buffer.from([FORMAT, ...derived.subarray(KEY_BYTES)])
    this.#prefix = this.#head.toString('base64url')
    this.#bound = Buffer.concat([this.#head, Buffer.from(info)])
    derived.fill(0)
  }

  seal(plain: Buffer): string {
    const iv = drawIv()
    const cipher = createCipheriv(CIPHER, this.#key, iv, TAG)
    cipher.setAAD(this.#bound)
    const tagAt = HEAD_BYTES + IV_BYTES + plain.length
    const sealed = Buffer.allocUnsafe(tagAt + TAG_BYTES)
    sealed.set(this.#head)
    sealed.set(iv, HEAD_BYTES)
    sealed.set(cipher.update(plain), HEAD_BYTES + IV_BYTES)
    cipher.final()
    sealed.set(cipher.getAuthTag(), tagAt)
    return sealed.toString('base64url')
  }

  /** What was sealed; `undefined` unless it was with this key, for this purpose, and not a bit has changed. */
  open(token: string): Buffer | undefined {
    if (!token.startsWith(this.#prefix)) return undefined
    const sealed = Buffer.from(token, 'base64url')
    const tagAt = sealed.length - TAG_BYTES
    // Node's decoder skips what is not base64url; a token has one spelling only.
    if (tagAt < HEAD_BYTES + IV_BYTES || sealed.toString('base64url') !== token) return undefined
    const iv = sealed.subarray(HEAD_BYTES, HEAD_BYTES + IV_BYTES)
    const decipher = createDecipheriv(CIPHER, this.#key, iv, TAG)
    decipher.setAAD(this.#bound)
    decipher.setAuthTag(sealed.subarray(tagAt))
    const plain = decipher.update(sealed.subarray(HEAD_BYTES + IV_BYTES, tagAt))
    try {
      decipher.final()
    } catch {
      return undefined
    }
    return plain
  }
}

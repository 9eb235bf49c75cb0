import { hash, randomFillSync } from 'node:crypto'

/** Makes and recognises tokens. Both are synchronous. */
export interface TokenFormat {
  /** A new token, at least 128 bits of randomness in 22 characters or more. */
  generate(): string
  /** Whether the text can be a token of this format; runs before any store sees the text. */
  validate: ((token: string) => boolean) | RegExp
}

const BYTES = 32
const POOLED = 128
const pool = Buffer.allocUnsafe(BYTES * POOLED)
let used = pool.length

/** 256 random bits as 43 characters of base64url, drawn from a pool that is wiped as it is used. */
export function generateToken(): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const token = pool.toString('base64url', used, used + BYTES)
  pool.fill(0, used, used + BYTES)
  used += BYTES
  return token
}

/** The default format: 43 characters of base64url. */
export const DEFAULT_TOKEN: TokenFormat = {
  generate: generateToken,
  validate: /^[\w-]{43}$/,
}

/** Whether the text is of that format. */
export function isToken({ validate }: TokenFormat, text: string): boolean {
  return typeof validate === 'function' ? validate(text) : validate.test(text)
}

/** The property of the context that sessions have by default. */
export const DEFAULT_NAME = 'session'

/**
 * The id under which a store keeps the session of a token: `base64url(sha256(token))`. A leaked
 * store holds no usable token, and nothing from the client ever becomes a key or a path. A name
 * other than the default goes into the hash, so that the token of one instance is unknown to another instance.
 */
export function tokenToId(token: string, name: string = DEFAULT_NAME): string {
  return hash('sha256', name === DEFAULT_NAME ? token : `${name}\0${token}`, 'base64url')
}

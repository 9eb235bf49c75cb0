import { hash } from 'node:crypto'

/** A key that no engine changes: no case to fold, no blank to trim, no foreign letters. */
const ORDINARY = /^[\w-]{1,64}$/

/** The longest key there is. */
export const KEY_LENGTH = 64

/** The key of an id in a database. Ids of sessions are keys already; any other text gets its hash, marked by a dot. */
export function keyOf(id: string): string {
  if (ORDINARY.test(id)) return id
  // UTF-16, since lone surrogates are all the same in UTF-8.
  return `.${hash('sha256', Buffer.from(id, 'utf16le'), 'base64url')}`
}

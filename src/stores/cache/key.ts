import { createHash } from 'node:crypto'

const HARMLESS = /^[\w-]{1,128}$/

/**
 * The id as another store may use it: ids of the middleware as they are, all other ids hashed, since a store may put
 * an id into a path, a pattern or a property. A tilde keeps the two kinds apart.
 */
export function safeKey(prefix: string, id: string): string {
  // Nor may it find what every object has.
  if (HARMLESS.test(id) && !(prefix + id in {})) return prefix + id
  // As UTF-8, all lone surrogates would be the same.
  return `${prefix}~${createHash('sha256').update(id, 'utf16le').digest('base64url')}`
}

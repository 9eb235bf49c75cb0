import { createHash } from 'node:crypto'

const HARMLESS = /^[\w-]{1,128}$/

/**
 * The id as somebody else's store may have it: ids of the middleware as they are, all others hashed, since a
 * store may put them into paths, patterns or properties. A tilde keeps the two apart.
 */
export function safeKey(prefix: string, id: string): string {
  // Nor may it find what every object has.
  if (HARMLESS.test(id) && !(prefix + id in {})) return prefix + id
  // As UTF-8, all lone surrogates would be the same.
  return `${prefix}~${createHash('sha256').update(id, 'utf16le').digest('base64url')}`
}

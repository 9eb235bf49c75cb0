/** Browsers drop a cookie whose name and value have more bytes together (RFC 6265bis §5.6). */
export const MOST_COOKIE_BYTES = 4096

const TAB = 9
const SPACE = 32
const QUOTE = 34
const SEMICOLON = 59
const EQUALS = 61
const NONE: readonly string[] = []

/**
 * The distinct values of the cookies called `name`, in their order. The name is matched byte
 * for byte and never decoded, and only space and tab are trimmed, so that no other cookie can pass for
 * ours. Linear in the header, which is as bad as a client cares to send it.
 */
export function scanCookies(header: string | undefined, name: string): readonly string[] {
  if (header === undefined) return NONE
  let first: string | undefined
  let values: Set<string> | undefined
  let at = header.indexOf(name)
  while (at !== -1) {
    let next = at + name.length
    const start = startsPair(header, at) ? valueStart(header, next) : -1
    if (start !== -1) {
      next = header.indexOf(';', start)
      if (next === -1) next = header.length
      const value = trimmed(header, start, next)
      if (value !== '' && value.length <= MOST_COOKIE_BYTES) {
        if (first === undefined) first = value
        else if (value !== first) (values ??= new Set([first])).add(value)
      }
    }
    at = header.indexOf(name, next)
  }
  if (values !== undefined) return [...values]
  return first === undefined ? NONE : [first]
}

/** Only blanks stand between this place and the `;` before it. */
function startsPair(header: string, at: number): boolean {
  let before = at - 1
  while (before >= 0 && isBlank(header.charCodeAt(before))) before -= 1
  return before < 0 || header.charCodeAt(before) === SEMICOLON
}

/** The place after the `=` that follows the name, or -1. */
function valueStart(header: string, end: number): number {
  let at = end
  while (isBlank(header.charCodeAt(at))) at += 1
  return header.charCodeAt(at) === EQUALS ? at + 1 : -1
}

function trimmed(header: string, from: number, to: number): string {
  let start = from
  let end = to
  while (start < end && isBlank(header.charCodeAt(start))) start += 1
  while (end > start && isBlank(header.charCodeAt(end - 1))) end -= 1
  const quoted = end - start > 1 && header.charCodeAt(start) === QUOTE && header.charCodeAt(end - 1) === QUOTE
  return quoted ? header.slice(start + 1, end - 1) : header.slice(start, end)
}

const isBlank = (code: number): boolean => code === SPACE || code === TAB

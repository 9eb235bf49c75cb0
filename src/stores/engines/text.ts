/**
 * PostgreSQL takes no NUL, and nobody's UTF-8 has lone surrogates. Such text is kept as a JSON string, which
 * escapes both, and so is what would look like one. No record of a session ever begins with a quote.
 */
const UNSAFE = /^"|[\0\p{Surrogate}]/u

export function encodeText(text: string): string {
  return UNSAFE.test(text) ? JSON.stringify(text) : text
}

/** `undefined`: nobody has encoded this. */
export function decodeText(encoded: string): string | undefined {
  if (!encoded.startsWith('"')) return encoded
  try {
    return JSON.parse(encoded) as string
  } catch {
    return undefined
  }
}

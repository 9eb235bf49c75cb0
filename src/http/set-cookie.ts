/** The `Set-Cookie` lines with this one among them, in place of those of the same cookie name. */
export function withCookie(lines: unknown, line: string): string[] {
  if (lines === undefined || lines === null) return [line]
  const name = line.slice(0, line.indexOf('=') + 1)
  const others = (Array.isArray(lines) ? lines : [lines])
    .map(String)
    .filter((other) => name === '' || !other.startsWith(name))
  others.push(line)
  return others
}

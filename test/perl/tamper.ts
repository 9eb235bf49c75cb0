/** A `Cookie` header whose only cookie was changed on the way. A sealed token has no open time: it is all body. */
export function tampered(header: string, how: string): string {
  const equals = header.indexOf('=')
  const name = header.slice(0, equals)
  const value = header.slice(equals + 1)
  const at = { body: value.length >> 1, signature: value.length - 2, time: 6, truncate: 0 }[how]
  if (at === undefined) throw new Error(`The driver cannot tamper with the ${how} of a cookie`)
  if (how === 'truncate') return `${name}=${value.slice(0, -5)}`
  return `${name}=${value.slice(0, at)}${value[at] === 'A' ? 'B' : 'A'}${value.slice(at + 1)}`
}

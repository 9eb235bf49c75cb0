import { isIP } from 'node:net'

/** How many leading bits of an address have to be equal. */
export interface NetworkPrefixes {
  readonly ipv4: number
  readonly ipv6: number
}

/** Whether two addresses belong to one network. What is no IP address has to be equal to the letter. */
export function sameNetwork(left: string, right: string, prefixes: NetworkPrefixes): boolean {
  if (left === right) return true
  const network = networkOf(left, prefixes)
  return network !== '' && network === networkOf(right, prefixes)
}

/**
 * The network of an address, as `'192.0.2.0/24'` or `'2001:db8:0:ff00::/56'`: coarse enough to be shown and kept. `''`
 * for what is no IP address.
 */
export function networkOf(text: string, { ipv4, ipv6 }: NetworkPrefixes = { ipv4: 24, ipv6: 56 }): string {
  const address = addressIn(text)
  const family = isIP(address)
  if (family === 4) return `${masked(address.split('.').map(Number), 8, ipv4).join('.')}/${ipv4}`
  if (family === 0) return ''
  const groups = masked(groupsOf(address), 16, ipv6).map((group) => group.toString(16))
  return `${canonical(groups.join(':'))}/${ipv6}`
}

/** Keeps the leading bits of an address, whose parts have so many bits each. */
function masked(parts: number[], bits: number, prefix: number): number[] {
  return parts.map((part, at) => {
    const dropped = Math.min(bits, Math.max(0, bits * (at + 1) - prefix))
    return (part >> dropped) << dropped
  })
}

/** The parser of URLs writes an IPv6 address in its canonical form (RFC 5952). */
const canonical = (address: string): string => new URL(`http://[${address}]`).hostname.slice(1, -1)

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): number[] {
  const text = canonical(address)
  const sevenColons = text.replace('::', ':'.repeat(10 - text.split(':').length))
  return sevenColons.split(':').map((group) => Number.parseInt(group || '0', 16))
}

const BRACKETS = /^\[([^\]]+)\](?::\d+)?$/
const WITH_PORT = /^(.*\d+\.\d+\.\d+\.\d+):\d+$/
const ZONE = /%.*$/s

/**
 * The address in a text: without the port that some gateways write, as `192.0.2.1:443` or `[2001:db8::1]:443`,
 * without brackets, and without the zone that only this machine knows. Any other text is left as it is.
 */
export function addressIn(text: string): string {
  const bare = BRACKETS.exec(text)?.[1] ?? WITH_PORT.exec(text)?.[1] ?? text
  const address = bare.replace(ZONE, '')
  return isIP(address) === 0 ? text : unmapped(address)
}

const MAPPED = /^::ffff:(?:(?:0:)?(\d+\.[\d.]+)|([\da-f]{1,4}):([\da-f]{1,4}))$/i

/** An IPv4 address that came over an IPv6 socket (RFC 4291 §2.5.5.2) is the IPv4 address. */
function unmapped(address: string): string {
  const [, dotted, high, low = ''] = MAPPED.exec(address) ?? []
  if (high === undefined) return dotted ?? address
  return new URL(`http://0x${high}${low.padStart(4, '0')}`).hostname
}

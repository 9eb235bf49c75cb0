import { BlockList, isIP } from 'node:net'

/** How many leading bits of an address have to be equal. */
export interface NetworkPrefixes {
  readonly ipv4: number
  readonly ipv6: number
}

/** Whether two addresses belong to one network. What is no IP address has to be equal to the letter. */
export function sameNetwork(left: string, right: string, prefixes: NetworkPrefixes): boolean {
  if (left === right) return true
  const a = addressIn(left)
  const b = addressIn(right)
  const family = isIP(a)
  if (family === 0 || family !== isIP(b)) return false
  const [type, prefix] =
    family === 4 ? (['ipv4', prefixes.ipv4] as const) : (['ipv6', prefixes.ipv6] as const)
  const network = new BlockList()
  network.addSubnet(a, prefix, type)
  return network.check(b, type)
}

/**
 * The network of an address, as `'192.0.2.0/24'` or `'2001:db8:0:ff00::/56'`: coarse enough to be shown and kept. `''`
 * for what is no IP address.
 */
export function networkOf(text: string, { ipv4, ipv6 }: NetworkPrefixes = { ipv4: 24, ipv6: 56 }): string {
  const address = addressIn(text)
  const family = isIP(address)
  if (family === 0) return ''
  const [bytes, prefix] = family === 4 ? [ofIPv4(address), ipv4] : [ofIPv6(address), ipv6]
  const kept = bytes.map((byte, at) => byte & (0xff00 >> Math.min(8, Math.max(0, prefix - 8 * at))) & 0xff)
  if (family === 4) return `${kept.join('.')}/${prefix}`
  const groups = Array.from({ length: 8 }, (_, at) => ((kept[2 * at]! << 8) | kept[2 * at + 1]!).toString(16))
  // The parser of URLs writes an address in its canonical form (RFC 5952).
  return `${new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)}/${prefix}`
}

const ofIPv4 = (address: string): number[] => address.split('.').map(Number)

function ofIPv6(address: string): number[] {
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [first = [], last = []] = canonical.split('::').map((half) => half.split(':').filter(Boolean))
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => '0')
  return [...first, ...zeros, ...last].flatMap((group) => {
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 255]
  })
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

const MAPPED = /^::ffff:(?:0:)?(\d+\.\d+\.\d+\.\d+)$/i
const MAPPED_HEX = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/i

/** An IPv4 address that came over an IPv6 socket (RFC 4291 §2.5.5.2) is the IPv4 address. */
function unmapped(address: string): string {
  const dotted = MAPPED.exec(address)?.[1]
  if (dotted !== undefined) return dotted
  const hex = MAPPED_HEX.exec(address)
  if (!hex) return address
  const [high, low] = [Number.parseInt(hex[1]!, 16), Number.parseInt(hex[2]!, 16)]
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

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

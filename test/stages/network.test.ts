import test from 'ava'
import { networkOf } from '../../src/stages.ts'

const NETWORKS: Readonly<Record<string, string>> = {
  '192.0.2.77': '192.0.2.0/24',
  '::ffff:192.0.2.77': '192.0.2.0/24',
  '192.0.2.77:443': '192.0.2.0/24',
  '2001:db8:aaaa:bbcc:1:2:3:4': '2001:db8:aaaa:bb00::/56',
  '[2001:db8::1]:443': '2001:db8::/56',
  'fe80::1%eth0': 'fe80::/56',
  '1:2:3:4:5:6:7:8': '1:2:3::/56',
  '::1': '::/56',
  '::': '::/56',
  'not an address': '',
  '': '',
}

for (const [address, network] of Object.entries(NETWORKS))
  test(`the network of '${address}' is '${network}'`, (t) => t.is(networkOf(address), network))

test('prefixes that are no whole bytes, none, and whole addresses', (t) => {
  t.is(networkOf('192.0.2.255', { ipv4: 20, ipv6: 56 }), '192.0.0.0/20')
  t.is(networkOf('192.0.2.255', { ipv4: 30, ipv6: 56 }), '192.0.2.252/30')
  t.is(networkOf('192.0.2.255', { ipv4: 0, ipv6: 56 }), '0.0.0.0/0')
  t.is(networkOf('192.0.2.255', { ipv4: 32, ipv6: 56 }), '192.0.2.255/32')
  t.is(networkOf('2001:db8::ff', { ipv4: 24, ipv6: 124 }), '2001:db8::f0/124')
})

import type { Identity } from './client.ts'

/** Addresses are of the networks for documentation (RFC 5737). */
const KNOWN: Readonly<Record<string, Omit<Identity, 'name'>>> = {
  Laptop: { userAgent: 'Firefox on a laptop', address: '192.0.2.10' },
  Phone: { userAgent: 'Safari on a phone', address: '192.0.2.44' },
  Tablet: { userAgent: 'Chrome on a tablet', address: '198.51.100.7' },
  Thief: { userAgent: 'curl', address: '203.0.113.66' },
}

export function identityOf(name: string): Identity {
  return { name, ...(KNOWN[name] ?? KNOWN['Laptop']!) }
}

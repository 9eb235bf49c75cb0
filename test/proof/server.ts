import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { FileStore } from '../../src/index.ts'
import { application } from './application.ts'
import { MODES } from './fleet.ts'

/* One of several processes that serve the same sessions: on one port for each way of reconciling requests. */
const [dir = '', user] = process.argv.slice(2)
// Now that everything is loaded: another user need not be able to read this checkout.
if (user !== undefined) {
  process.setgroups?.([Number(user)])
  process.setgid?.(Number(user))
  process.setuid?.(Number(user))
}
const store = new FileStore({ dir, sweepInterval: false })
const urls: Record<string, string> = {}
for (const [name, concurrency] of Object.entries(MODES)) {
  const server = application({ store, concurrency }).listen(0, '127.0.0.1')
  // A connection that the server gives up while the client sends on it would look like a crash.
  server.keepAliveTimeout = 0
  await once(server, 'listening')
  urls[name] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
process.send?.(urls)
process.once('disconnect', () => process.exit())

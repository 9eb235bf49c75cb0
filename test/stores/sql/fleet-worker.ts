import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import knex, { type Knex } from 'knex'
import { SqlStore } from '../../../src/stores/sql/index.ts'
import { application } from '../../proof/application.ts'
import { MODES } from '../../proof/fleet.ts'

/* One of several processes that serve the same sessions, on a port for each way of reconciling requests. */
const config = JSON.parse(process.argv[2] ?? '{}') as Knex.Config
const store = new SqlStore({ knex: knex(config), table: 'fleet', timeout: '30s' })
await store.migrate()
const urls: Record<string, string> = {}
for (const mode of ['merge', 'lock'] as const) {
  const server = application({ store, concurrency: MODES[mode] }).listen(0, '127.0.0.1')
  // A connection that the server gives up while the client sends on it would look like a crash.
  server.keepAliveTimeout = 0
  await once(server, 'listening')
  urls[mode] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
process.send?.(urls)
process.once('disconnect', () => process.exit())

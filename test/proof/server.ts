import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { FileStore } from '../../src/index.ts'
import { application } from './application.ts'
import type { ServerOptions } from './fleet.ts'

/* One of several processes that serve the same sessions. */
const { dir, ...options } = JSON.parse(process.argv[2] ?? '') as ServerOptions
const store = new FileStore({ dir, sweepInterval: false })
const server = application({ store, ...options }).listen(0, '127.0.0.1')
await once(server, 'listening')
process.send?.((server.address() as AddressInfo).port)
process.once('disconnect', () => process.exit())

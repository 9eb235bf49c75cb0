import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { application } from '../../proof/application.ts'
import { type Kind, OwnedStore } from './clients.ts'

/* One of several processes that serve the same sessions. */
const [kind, port] = process.argv.slice(2)
const store = await OwnedStore.open(kind as Kind, [Number(port)])
const server = application({ store }).listen(0, '127.0.0.1')
await once(server, 'listening')
process.send!((server.address() as AddressInfo).port)

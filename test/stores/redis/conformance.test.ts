import { randomUUID } from 'node:crypto'
import test from 'ava'
import type { ConformanceCase } from '../../../src/testing/conformance/index.ts'
import { storeConformance } from '../../../src/testing/index.ts'
import { redisIsHere, RedisServer, startCluster } from '../../servers/redis.ts'
import { type Kind, OwnedStore } from './clients.ts'

const servers: RedisServer[] = []

function ask({ ports }: OwnedStore, ...command: [string, ...string[]]): Promise<unknown> {
  const server = servers.find(({ port }) => port === ports[0])
  return server!.ask(...command)
}

function casesFor(kind: Kind, ports: readonly number[]): Promise<readonly ConformanceCase[]> {
  const single = ports.length === 1
  return storeConformance<OwnedStore>({
    create: () => OwnedStore.open(kind, ports, { prefix: `${randomUUID()}:` }),
    reopen: ({ prefix }) => OwnedStore.open(kind, ports, { prefix }),
    ownClock: true,
    // Other processes take their time, and three kinds of client are enough to see that they do no harm.
    processes:
      kind === 'redis Cluster'
        ? undefined
        : {
            module: new URL('open-store.js', import.meta.url),
            argument: ({ prefix }) => ({ kind, ports, prefix }),
          },
    faults: !single
      ? []
      : [
          {
            name: 'another program writes under our prefix',
            break: async (store, id) => void (await ask(store, 'SET', store.prefix + id, '{"cookie":{}}')),
            heal: () => {},
            expect: 'corrupt',
          },
          {
            name: 'another program keeps a list under our prefix',
            async break(store, id) {
              await ask(store, 'DEL', store.prefix + id)
              await ask(store, 'RPUSH', store.prefix + id, 'one')
            },
            heal: () => {},
            expect: 'corrupt',
          },
        ],
  })
}

// AVA wants all tests declared in one go, so the lists come first.
const lists: [Kind, readonly ConformanceCase[]][] = []
if (redisIsHere) {
  servers.push(await RedisServer.start(), ...(await startCluster()))
  const [single, ...nodes] = servers.map(({ port }) => port)
  for (const kind of ['ioredis', 'redis'] as const) lists.push([kind, await casesFor(kind, [single!])])
  for (const kind of ['ioredis Cluster', 'redis Cluster'] as const)
    lists.push([kind, await casesFor(kind, nodes)])
}

test.after.always(async () => {
  await Promise.all(servers.map((server) => server.stop()))
})

if (!redisIsHere) test.skip('the conformance suite on a real Redis (no redis-server)', (t) => t.fail())

for (const [kind, cases] of lists) {
  for (const { name, skip, run } of cases) {
    if (skip === undefined) test.serial(`${kind}: ${name}`, (t) => t.notThrowsAsync(run))
    else test.skip(`${kind}: ${name} (${skip})`, (t) => t.notThrowsAsync(run))
  }
}

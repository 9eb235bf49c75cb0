import { setTimeout as delay } from 'node:timers/promises'
import type { ExecutionContext } from 'ava'
import { Redis } from 'ioredis'
import { createSentinel } from 'redis'
import { StoreUnavailableError } from '../../../src/index.ts'
import { type RedisClient, RedisStore } from '../../../src/stores/redis/index.ts'
import { RedisServer, withRedisInTurn } from '../../servers/redis.ts'
import { type Guarded, MASTER, startGuarded } from '../../servers/sentinel.ts'

const SOON = Date.now() + 3_600_000
const TIMEOUT = 1_000

const CONNECT: Readonly<Record<string, (t: ExecutionContext, guarded: Guarded) => Promise<RedisClient>>> = {
  async ioredis(t, { port }) {
    const client = new Redis({
      sentinels: [{ host: '127.0.0.1', port }],
      name: MASTER,
      retryStrategy: () => 50,
    })
    t.teardown(() => client.disconnect())
    return client
  },
  async redis(t, { port }) {
    const client = createSentinel({
      name: MASTER,
      sentinelRootNodes: [{ host: '127.0.0.1', port }],
      passthroughClientErrorEvents: true,
    })
    client.on('error', () => {})
    await client.connect()
    t.teardown(() => client.destroy())
    return client
  },
}

for (const [kind, connect] of Object.entries(CONNECT)) {
  withRedisInTurn(`Sentinel, ${kind}: the replica takes over, and the sessions go on there`, async (t) => {
    const guarded = await startGuarded()
    t.teardown(guarded.stop)
    const store = new RedisStore({ client: await connect(t, guarded), timeout: TIMEOUT })
    t.teardown(() => store.close())
    await store.verify()

    await store.set('id', '0', SOON, 'absent')
    let [acknowledged, tried, slowest, promoted] = [0, 0, 0, false]
    const began = performance.now()
    while (performance.now() - began < 15_000) {
      const asked = performance.now()
      try {
        const { data, version } = (await store.get('id'))!
        tried += 1
        const { ok } = await store.set('id', String(Number(data) + 1), SOON, { version })
        if (ok) acknowledged += 1
        t.true(ok, 'nobody else writes')
      } catch (error) {
        t.true(error instanceof StoreUnavailableError, String(error))
      }
      slowest = Math.max(slowest, performance.now() - asked)
      if (acknowledged === 20 && !promoted) {
        // What a replica has not got yet is lost in a failover: that is the engine's promise, not ours.
        await guarded.servers[0].ask('WAIT', '1', '1000')
        await RedisServer.askAt(guarded.port, 'SENTINEL', 'FAILOVER', MASTER)
        promoted = true
      }
      // A Sentinel cuts all connections to a server whose part has changed.
      const info = String(await guarded.servers[1].ask('INFO', 'replication').catch(() => ''))
      if (promoted && info.includes('role:master') && acknowledged > 60) break
      await delay(5)
    }
    const value = Number((await store.get('id'))!.data)
    t.log(`${tried} tried, ${acknowledged} acknowledged, ${value} there, slowest ${Math.round(slowest)} ms`)
    t.true(acknowledged > 60, 'it goes on after the failover')
    t.true(value <= tried)
    t.true(slowest < 2 * TIMEOUT + 1_000)
    t.is(await guarded.servers[1].ask('EXISTS', 'session:id'), 1)
  })
}

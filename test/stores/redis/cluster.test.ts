import { setTimeout as delay } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { application } from '../../proof/application.ts'
import { ask, begin, serveHere } from '../../proof/client.ts'
import {
  redisIsHere,
  type RedisServer,
  startCluster,
  untilClusterIsWell,
  withRedisInTurn,
} from '../../servers/redis.ts'
import { type Kind, OwnedStore } from './clients.ts'

const KINDS: readonly Kind[] = ['ioredis Cluster', 'redis Cluster']
const TIMEOUT = 1_000
const SOON = Date.now() + 3_600_000

const nodes: readonly RedisServer[] = redisIsHere
  ? await startCluster('--appendonly', 'yes', '--appendfsync', 'always')
  : []
test.after.always(() => Promise.all(nodes.map((node) => node.stop())))

async function storeFor(t: ExecutionContext, kind: Kind): Promise<OwnedStore> {
  const ports = nodes.map(({ port }) => port)
  const store = await OwnedStore.open(kind, ports, { timeout: TIMEOUT, prefix: `${kind.replace(' ', '-')}:` })
  t.teardown(() => store.close())
  return store
}

for (const kind of KINDS) {
  withRedisInTurn(`${kind}: sessions are spread over the nodes`, async (t) => {
    const store = await storeFor(t, kind)
    await store.verify()
    for (let n = 0; n < 60; n += 1) await store.set(`id${n}`, 'data', SOON, 'absent')
    for (const node of nodes) t.true(Number(await node.ask('DBSIZE')) > 5)
  })

  withRedisInTurn(`${kind}: a slot that moves to another node takes its sessions along`, async (t) => {
    const store = await storeFor(t, kind)
    await store.set('moving', 'before', SOON, 'absent')
    const key = `${store.prefix}moving`
    const slot = String(await nodes[0]!.ask('CLUSTER', 'KEYSLOT', key))
    const owner = nodes[Math.min(2, Math.floor(Number(slot) / Math.ceil(16_384 / 3)))]!
    const next = nodes[(nodes.indexOf(owner) + 1) % 3]!
    const [from, to] = await Promise.all(
      [owner, next].map(async (node) => String(await node.ask('CLUSTER', 'MYID'))),
    )
    await next.ask('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from!)
    await owner.ask('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to!)
    await owner.ask('MIGRATE', '127.0.0.1', String(next.port), key, '0', '5000')
    // The owner sends those who ask on to the next one.
    const { version } = (await store.get('moving'))!
    t.true((await store.set('moving', 'on the way', SOON, { version })).ok)
    for (const node of [next, owner, ...nodes]) await node.ask('CLUSTER', 'SETSLOT', slot, 'NODE', to!)
    const moved = (await store.get('moving'))!
    t.is(moved.data, 'on the way')
    t.true(await store.touch('moving', SOON + 1, moved.version))
    t.true((await store.set('moving', 'after', SOON, { version: moved.version })).ok)
    t.true(await store.delete('moving'))
    for (const node of [owner, next, ...nodes]) await node.ask('CLUSTER', 'SETSLOT', slot, 'NODE', from!)
  })

  withRedisInTurn(
    `${kind}: a node is killed and comes back: 200 or 503 in time, and nothing is lost`,
    async (t) => {
      const store = await storeFor(t, kind)
      const { url, stop } = await serveHere(application({ store }))
      t.teardown(stop)
      const visitors = await Promise.all(
        Array.from({ length: 12 }, async () => ({ cookie: await begin(url), count: 0 })),
      )
      let [down, slowest] = [0, 0]
      const ending = new AbortController()
      const visit = async (visitor: (typeof visitors)[number]): Promise<void> => {
        while (!ending.signal.aborted) {
          const began = performance.now()
          const { status, body, cookie } = await ask(url, '/plain-increment', visitor.cookie)
          slowest = Math.max(slowest, performance.now() - began)
          t.is(cookie, undefined)
          if (status === 200) t.true(Number(body.result) > visitor.count, 'an acknowledged increment is gone')
          else t.is(body.code, 'ERR_STORE_UNAVAILABLE')
          if (status === 200) visitor.count = Number(body.result)
          else down += 1
          await delay(5)
        }
      }
      const running = visitors.map(visit)
      await delay(200)
      await nodes[1]!.kill()
      await delay(2_000)
      await nodes[1]!.restart()
      await untilClusterIsWell(nodes)
      const began = performance.now()
      const all = visitors.map(async ({ cookie }) => {
        while ((await ask(url, '/data', cookie)).status !== 200 && performance.now() - began < 5_000)
          await delay(5)
      })
      await Promise.all(all)
      const recovery = Math.round(performance.now() - began)
      ending.abort()
      await Promise.all(running)
      t.log(`${down} times 503, well after ${recovery} ms, slowest ${Math.round(slowest)} ms`)
      t.true(down > 0)
      t.true(recovery < 1_000, `well after ${recovery} ms`)
      t.true(slowest < 2 * TIMEOUT + 500)
    },
  )
}

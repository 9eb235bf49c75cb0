import type { ExecutionContext } from 'ava'
import Koa from 'koa'
import { createClient } from 'redis'
import { CorruptRecordError, session } from '../../../src/index.ts'
import { RedisStore } from '../../../src/stores/redis/index.ts'
import { RedisServer, withRedis } from '../../servers/redis.ts'
import { listen, visitor, type Visitor } from '../../helpers/serve.ts'
import { type Kind, OwnedStore } from './clients.ts'

const SOON = Date.now() + 3_600_000
const KINDS: readonly Kind[] = ['ioredis', 'redis']

async function serverFor(t: ExecutionContext, ...args: string[]): Promise<RedisServer> {
  const server = await RedisServer.start(...args)
  t.teardown(() => server.stop())
  return server
}

async function storeFor(t: ExecutionContext, kind: Kind, { port }: RedisServer): Promise<OwnedStore> {
  const store = await OwnedStore.open(kind, [port], { prefix: 's:' })
  t.teardown(() => store.close())
  return store
}

async function visitorFor(t: ExecutionContext, store: OwnedStore): Promise<Visitor> {
  const app = new Koa()
  app.use(session(app, { store }))
  app.use(async (ctx) => {
    if (ctx.path === '/write') ctx.session.count = (ctx.session.count ?? 0) + 1
    if (ctx.path === '/end') await ctx.session.destroy()
    ctx.body = String(ctx.session.count)
  })
  return visitor(await listen(t, app))
}

for (const kind of KINDS) {
  withRedis(`${kind}: what requests cost, by the server's own count`, async (t) => {
    const server = await serverFor(t)
    const ann = await visitorFor(t, await storeFor(t, kind, server))
    await ann.get('/write')
    const cost = async (path: string, who = ann): Promise<Record<string, number>> => {
      await server.ask('CONFIG', 'RESETSTAT')
      t.is((await who.get(path)).status, 200)
      const counts = await server.counts()
      // What the server is asked, not what scripts do in there.
      return Object.fromEntries(
        Object.entries(counts).filter(([name]) => /^(get|set|eval|evalsha|del|expire|pexpireat)$/.test(name)),
      )
    }
    t.deepEqual(await cost('/read'), { get: 1 })
    const { set, ...asked } = await cost('/write')
    t.deepEqual([asked, set], [{ get: 1, evalsha: 1 }, 1], 'one SET, by the script')
    t.deepEqual(await cost('/read', await visitorFor(t, await storeFor(t, kind, server))), {}, 'no cookie')
  })
}

withRedis('a record is one string, which the server forgets a minute after its deadline', async (t) => {
  const server = await serverFor(t)
  const store = await storeFor(t, 'redis', server)
  await store.set('id', 'some data', SOON, 'absent')
  t.regex(String(await server.ask('GET', 's:id')), /^ksp1 [\w-]{22} \d{15} t\nsome data$/)
  t.is(await server.ask('PEXPIRETIME', 's:id'), SOON + 60_000)
  const { version } = (await store.get('id'))!
  await store.touch('id', SOON + 5_000, version)
  t.is(await server.ask('PEXPIRETIME', 's:id'), SOON + 65_000)
  await store.touch('id', SOON, version)
  t.is(await server.ask('PEXPIRETIME', 's:id'), SOON + 65_000, 'never earlier')
})

withRedis('what has expired is still there for a minute, and then it is not', async (t) => {
  const server = await serverFor(t)
  const store = await storeFor(t, 'ioredis', server)
  const now = Date.now()
  await store.set('just', 'data', now - 1, 'absent')
  await store.set('long', 'data', now - 60_001, 'absent')
  t.like(await store.get('just'), { data: 'data', expiresAt: now - 1 })
  t.is(await store.get('long'), undefined)
  t.is(await server.ask('DBSIZE'), 1)
})

withRedis('ids cannot reach beyond their key', async (t) => {
  const server = await serverFor(t)
  const store = await storeFor(t, 'redis', server)
  const lock = await store.lock('id', { wait: 1_000, lease: 60_000 })
  t.is(await store.get('id:lock'), undefined)
  await store.set('{tag}', 'data', SOON, 'absent')
  t.deepEqual(await server.ask('KEYS', '*{*'), [])
  await lock.release()
})

withRedis('what another program wrote is left as it is', async (t) => {
  const server = await serverFor(t)
  const store = await storeFor(t, 'ioredis', server)
  for (const foreign of ['{"cookie":{}}', '', 'ksp1 short']) {
    await server.ask('SET', 's:id', foreign)
    await t.throwsAsync(store.get('id'), { instanceOf: CorruptRecordError })
    for (const when of ['absent', 'present', { version: 'x' }, { version: '' }] as const) {
      if (foreign === 'ksp1 short' && when === 'present') continue
      await t.throwsAsync(store.set('id', 'data', SOON, when), { instanceOf: CorruptRecordError })
    }
    t.false(await store.touch('id', SOON, ''))
    t.is(await server.ask('GET', 's:id'), foreign)
  }
})

withRedis('scripts that the server has forgotten are sent once more', async (t) => {
  const server = await serverFor(t)
  for (const kind of KINDS) {
    const store = await storeFor(t, kind, server)
    await store.set(kind, 'data', SOON, 'absent')
    const { version } = (await store.get(kind))!
    await server.ask('SCRIPT', 'FLUSH')
    t.true(await store.touch(kind, SOON + 1, version))
    await server.ask('SCRIPT', 'FLUSH')
    t.true((await store.set(kind, 'new', SOON, { version })).ok)
    await server.ask('SCRIPT', 'FLUSH')
    const lock = await store.lock(kind, { wait: 1_000, lease: 60_000 })
    await server.ask('SCRIPT', 'FLUSH')
    t.true(await lock.renew())
    await server.ask('SCRIPT', 'FLUSH')
    await lock.release()
    t.is(await server.ask('EXISTS', `s:${kind}:lock`), 0)
  }
})

withRedis('a server without memory: nothing new, but reading, extending and deleting go on', async (t) => {
  const server = await serverFor(t)
  for (const kind of KINDS) {
    const store = await storeFor(t, kind, server)
    await store.set(kind, 'data', SOON, 'absent')
    await store.set(`other ${kind}`, 'data', SOON, 'absent')
    await server.ask('CONFIG', 'SET', 'maxmemory', '1')
    await t.throwsAsync(store.set(kind, 'new', SOON, 'present'), { code: 'ERR_STORE_FULL' })
    await t.throwsAsync(store.set('new', 'new', SOON, 'absent'), { code: 'ERR_STORE_FULL' })
    const { data, version } = (await store.get(kind))!
    t.is(data, 'data')
    t.true(await store.touch(kind, SOON + 1_000, version))
    t.is((await store.get(kind))!.expiresAt, SOON + 1_000)
    t.true(await store.delete(`other ${kind}`))
    await server.ask('CONFIG', 'SET', 'maxmemory', '0')
    t.true((await store.set(kind, 'new', SOON, { version })).ok)
  }
})

withRedis('errors carry neither data nor keys, their causes included', async (t) => {
  const server = await serverFor(t)
  for (const kind of KINDS) {
    const store = await storeFor(t, kind, server)
    await server.ask('CONFIG', 'SET', 'maxmemory', '1')
    const error = await t.throwsAsync(store.set('id-unseen', 'data-unseen', SOON, 'absent'))
    t.notRegex(inspectAll(error), /unseen/)
    await server.ask('CONFIG', 'SET', 'maxmemory', '0')
  }
})

function inspectAll(error: unknown): string {
  if (!(error instanceof Error)) return ''
  return `${error.stack} ${JSON.stringify(Object.entries(error))} ${inspectAll(error.cause)}`
}

withRedis(
  'a store that is closed gives back the locks it holds, and leaves the client connected',
  async (t) => {
    const { port } = await serverFor(t)
    const client = createClient({ socket: { port, host: '127.0.0.1' } })
    await client.connect()
    t.teardown(() => client.destroy())
    const [closed, other] = [new RedisStore({ client }), new RedisStore({ client })]
    await closed.lock('id', { wait: 0, lease: 3_600_000 })
    closed.close()
    await t.notThrowsAsync(other.lock('id', { wait: 60_000, lease: 1_000 }))
  },
)

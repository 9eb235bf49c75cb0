import { EventEmitter, once } from 'node:events'
import test from 'ava'
import { Cluster, Redis } from 'ioredis'
import { createClient } from 'redis'
import { SessionConfigError } from '../../../src/index.ts'
import { RedisStore, type RedisStoreOptions } from '../../../src/stores/redis/index.ts'
import { RedisServer, withRedis } from '../../servers/redis.ts'

/** A client whose server says this of itself. */
function clientOf(info: Record<string, string>): RedisStoreOptions['client'] {
  const text = Object.entries(info).map(([name, value]) => `${name}:${value}\r\n`)
  return Object.assign(new EventEmitter(), {
    isOpen: true,
    isReady: true,
    sendCommand: async () => `# Server\r\n${text.join('')}`,
  })
}

test('a client of the wrong kind is an error at construction that says what was expected', (t) => {
  const wrong = [
    undefined,
    null,
    'redis://localhost',
    {},
    new Map(),
    new EventEmitter(),
    { sendCommand() {} },
  ]
  for (const client of wrong) {
    t.throws(() => new RedisStore({ client: client as never }), {
      instanceOf: SessionConfigError,
      message: /^Expected client of RedisStore to be a client of 'redis' \(createClient\) or of 'ioredis'/,
    })
  }
})

test('wrong options are errors at construction', (t) => {
  const client = clientOf({})
  const wrong: [object, RegExp][] = [
    [{ client, prefx: 'a' }, /Unknown option 'RedisStore.prefx'. Did you mean 'RedisStore.prefix'/],
    [{ client, prefix: '' }, /prefix of RedisStore/],
    [{ client, prefix: 'a b' }, /prefix of RedisStore/],
    [{ client, timeout: 0 }, /timeout of RedisStore/],
    [{ client, timeout: '1 week' }, /timeout of RedisStore/],
    [{ client, eviction: 'allow' }, /eviction of RedisStore/],
  ]
  for (const [options, message] of wrong) {
    t.throws(() => new RedisStore(options as never), { instanceOf: SessionConfigError, message })
  }
})

test('a Cluster that reads from replicas, or keeps all sessions on one node, is refused', (t) => {
  const cluster = (options: object): Cluster => new Cluster([{ port: 1 }], { lazyConnect: true, ...options })
  t.notThrows(() => new RedisStore({ client: cluster({}) }))
  t.throws(() => new RedisStore({ client: cluster({ scaleReads: 'slave' }) }), {
    message: /scaleReads: 'master'/,
  })
  t.throws(() => new RedisStore({ client: cluster({}), prefix: '{app}:' }), { message: /hash tag/ })
})

const GOOD = { redis_version: '6.2.0', role: 'master', maxmemory: '0', maxmemory_policy: 'noeviction' }

test('verify: what the server must be', async (t) => {
  const verify = (info: object, options = {}): Promise<void> =>
    new RedisStore({ client: clientOf({ ...GOOD, ...info }), ...options }).verify()
  const refused = (info: object, message: RegExp): unknown =>
    t.throwsAsync(verify(info), { instanceOf: SessionConfigError, message })
  await verify({})
  await verify({ redis_version: '7.2.4', valkey_version: '8.1.0' })
  await refused({ redis_version: '6.0.16' }, /to be Redis 6\.2 or newer, or Valkey, got Redis 6\.0\.16/)
  await refused({ redis_version: '2.8.4' }, /got Redis 2\.8\.4/)
  await refused({ role: 'slave' }, /the master, got a read-only replica/)
  await verify({ maxmemory_policy: 'allkeys-lru' })
  for (const maxmemory_policy of ['allkeys-lru', 'volatile-ttl']) {
    const info = { maxmemory_policy, maxmemory: '1000' }
    await refused(info, new RegExp(`maxmemory-policy noeviction, got ${maxmemory_policy}`))
    await verify(info, { eviction: true })
  }
  await verify({ maxmemory: '1000' })
})

test('verify: a client that nobody connected', async (t) => {
  const message = /Expected the client of RedisStore to be connected/
  await t.throwsAsync(new RedisStore({ client: createClient() }).verify(), {
    instanceOf: SessionConfigError,
    message,
  })
})

test('verify: a server that does not answer', async (t) => {
  const client = new Redis({ port: 1, retryStrategy: () => 1_000 })
  t.teardown(() => client.disconnect())
  await t.throwsAsync(new RedisStore({ client, timeout: 50 }).verify(), { code: 'ERR_STORE_UNAVAILABLE' })
})

withRedis('verify: a real server, connected or about to be', async (t) => {
  const server = await RedisServer.start()
  t.teardown(() => server.stop())
  const client = new Redis(server.port, { lazyConnect: true })
  t.teardown(() => client.disconnect())
  await t.notThrowsAsync(new RedisStore({ client }).verify())
  client.disconnect()
  await once(client, 'end')
  await t.throwsAsync(new RedisStore({ client }).verify(), { code: 'ERR_SESSION_CONFIG' })
  const other = createClient({ url: server.url })
  const connecting = other.connect()
  t.teardown(() => other.destroy())
  await t.notThrowsAsync(new RedisStore({ client: other, timeout: '5s' }).verify())
  await connecting
})

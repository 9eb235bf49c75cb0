import test from 'ava'
import { createCache } from 'cache-manager'
import { Keyv } from 'keyv'
import { SessionConfigError } from '../../../src/errors.ts'
import { CacheStore, type CacheStoreOptions } from '../../../src/stores/cache/index.ts'

const refused = (name: string, options: unknown, message: RegExp): void =>
  test(`refused at start: ${name}`, (t) => {
    t.throws(() => new CacheStore(options as CacheStoreOptions), { instanceOf: SessionConfigError, message })
  })

refused('no options', undefined, /options of CacheStore to be an object, got undefined/)
refused('the cache in the place of the options', new Keyv(), /Unknown option/)
refused('no cache', {}, /a cache with get, set\(key, value, ttl\) and delete, got Undefined/)
refused('a class', { cache: Keyv }, /is a new or a call missing/)
refused('a promise', { cache: Promise.resolve(createCache()) }, /is an await missing/)
refused('an object without methods', { cache: { get() {} } }, /got one without set and delete/)
refused('a client of Redis', { cache: { get() {}, set() {}, del() {}, sendCommand() {} } }, /RedisStore/)
refused('an unknown option', { cache: new Map(), prefx: 'a' }, /Did you mean 'CacheStore.prefix'/)
refused('a ttl that is a number', { cache: new Map(), ttl: 5 }, /ttl of CacheStore to be a function/)
refused(
  'a flag that is a text',
  { cache: new Map(), shared: 'yes' },
  /shared of CacheStore to be true or false/,
)
refused(
  'a queue of one process for many',
  { cache: new Map(), shared: true, exclusive: true },
  /either shared/,
)
refused(
  'a tier of its own in front of a shared one',
  { cache: createCache({ stores: [new Keyv(), new Keyv()] }), shared: true },
  /one tier, got 2/,
)

test('it claims what it was told, and writes atomically only on purpose', (t) => {
  const { capabilities } = new CacheStore({ cache: new Keyv(), shared: true, durable: true })
  t.deepEqual(capabilities, { atomic: false, shared: true, durable: true, expires: true, lock: false })
  t.like(new CacheStore({ cache: new Map(), exclusive: true }).capabilities, { atomic: true, expires: false })
})

test('a cache can have its own idea of a ttl', async (t) => {
  const seen: unknown[] = []
  class Watched extends Map<string, string> {
    override set(key: string, value: string, ttl?: unknown): this {
      seen.push(ttl)
      return super.set(key, value)
    }
  }
  const clock = (): number => 1_000_000
  const store = new CacheStore({ cache: new Watched(), ttl: (ms) => ({ seconds: ms / 1_000 }), clock })
  await store.set('id', 'data', 1_000_000 + 3_000, 'absent')
  t.deepEqual(seen.at(-1), { seconds: 63 })
})

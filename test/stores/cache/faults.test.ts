import test from 'ava'
import Koa from 'koa'
import { session } from '../../../src/index.ts'
import { SessionConfigError, StoreUnavailableError, UnsupportedError } from '../../../src/errors.ts'
import { type Cache, CacheStore } from '../../../src/stores/cache/index.ts'
import { routes } from '../../helpers/paths.ts'
import { serve } from '../../helpers/serve.ts'
import { BackEnd, CACHES } from './caches.ts'

const DEADLINE = Date.now() + 3_600_000
const UNAVAILABLE = { instanceOf: StoreUnavailableError }

const memory = (overrides: Partial<Cache>): Cache => {
  const map = new Map<string, string>()
  return {
    get: (key) => map.get(key),
    set: (key, value) => void map.set(key, value),
    delete: (key) => map.delete(key),
    ...overrides,
  }
}

for (const [name, make] of Object.entries(CACHES)) {
  test(`${name}: a back end that is down at start is an error at start`, async (t) => {
    const backEnd = new BackEnd()
    backEnd.down = true
    const store = new CacheStore({ cache: make(backEnd) })
    await t.throwsAsync(store.verify(), UNAVAILABLE)
    await t.throwsAsync(store.get('id'), UNAVAILABLE)
    backEnd.down = false
    await store.verify()
    t.is(await store.get('id'), undefined)
  })

  test(`${name}: a delete that cannot be confirmed is an error`, async (t) => {
    const backEnd = new BackEnd()
    const store = new CacheStore({ cache: make(backEnd) })
    await store.set('id', 'data', DEADLINE, 'absent')
    backEnd.down = true
    await t.throwsAsync(store.delete('id'), UNAVAILABLE)
    backEnd.down = false
    t.is((await store.get('id'))?.data, 'data')
    t.true(await store.delete('id'))
  })
}

test('a cache that drops what it is given is an error at start', async (t) => {
  const store = new CacheStore({ cache: memory({ set: () => undefined }) })
  await t.throwsAsync(store.verify(), { ...UNAVAILABLE, message: /Expected the cache to keep what was set/ })
  await t.throwsAsync(store.set('id', 'data', DEADLINE, 'absent'), UNAVAILABLE)
})

test('a cache that returns something else is an error at start', async (t) => {
  const store = new CacheStore({ cache: memory({ get: () => Buffer.from('first') }) })
  await t.throwsAsync(store.verify(), { instanceOf: SessionConfigError, message: /got Uint8Array/ })
})

test('a cache that does not delete is an error at start', async (t) => {
  const store = new CacheStore({ cache: memory({ delete: () => true }) })
  await t.throwsAsync(store.verify(), { instanceOf: SessionConfigError, message: /still there/ })
})

test('a delete that comes to nothing later leaves no record', async (t) => {
  let works = true
  const map = new Map<string, string>()
  const store = new CacheStore({
    cache: memory({
      get: (key) => map.get(key),
      set: (key, value) => void map.set(key, value),
      delete: (key) => works && map.delete(key),
    }),
  })
  await store.set('id', 'data', DEADLINE, 'absent')
  works = false
  t.true(await store.delete('id'))
  t.is(await store.get('id'), undefined)
  t.false(await store.delete('id'))
  t.true((await store.set('id', 'new', DEADLINE, 'absent')).ok)
})

test('a cache that was emptied has no records, and works', async (t) => {
  const backEnd = new BackEnd()
  const store = new CacheStore({ cache: CACHES['cache-manager 7']!(backEnd) })
  await store.set('id', 'data', DEADLINE, 'absent')
  backEnd.clear()
  t.is(await store.get('id'), undefined)
})

test('merge and lock are refused at start', (t) => {
  const store = new CacheStore({ cache: new Map() })
  for (const concurrency of ['merge', 'lock'] as const)
    t.throws(() => session(new Koa(), { store, concurrency }), { instanceOf: SessionConfigError })
})

const handler = routes({
  '/write': ({ session }) => {
    session.user = 'ann'
  },
  '/read': ({ session }) => ({ ...session, isNew: session.isNew }),
  '/update': ({ session }) => session.update(() => {}),
  '/destroy': ({ session }) => session.destroy(),
  '/change-id': ({ session }) => session.changeId(),
})

for (const [name, make] of Object.entries(CACHES)) {
  test(`${name}: the whole life of a session goes through the cache`, async (t) => {
    const store = new CacheStore({ cache: make(new BackEnd()) })
    const { visitor, errors } = await serve(t, handler, { store, clock: Date.now })
    const browser = visitor()
    await browser.get('/write')
    await browser.get('/change-id')
    t.deepEqual((await browser.get('/read')).body, { user: 'ann', isNew: false })
    t.is((await browser.get('/update')).status, 500)
    t.true(errors[0] instanceof UnsupportedError)
    await browser.get('/destroy')
    t.deepEqual((await browser.get('/read')).body, { isNew: true })
  })

  test(`${name}: nobody is logged out because the cache is down`, async (t) => {
    const backEnd = new BackEnd()
    const store = new CacheStore({ cache: make(backEnd) })
    const { visitor } = await serve(t, handler, { store, clock: Date.now })
    const browser = visitor()
    await browser.get('/write')
    backEnd.down = true
    for (const path of ['/read', '/write', '/destroy']) {
      const { status, cookies } = await browser.get(path)
      t.deepEqual({ status, cookies }, { status: 503, cookies: [] }, path)
    }
    backEnd.down = false
    t.deepEqual((await browser.get('/read')).body, { user: 'ann', isNew: false })
  })
}

test('a record of another program is no session, and reported', async (t) => {
  const cache = new Map<string, string>()
  const { visitor, events } = await serve(t, handler, { store: new CacheStore({ cache }), clock: Date.now })
  const browser = visitor()
  await browser.get('/write')
  for (const key of cache.keys()) if (!key.includes('~')) cache.set(key, '{"user":"ann"}')
  t.like(await browser.get('/read'), { status: 200, body: { isNew: true } })
  t.true(events.some(([name]) => name === 'corrupt'))
})

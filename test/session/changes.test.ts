import test from 'ava'
import { stage } from '../../src/index.ts'
import { beginWith } from '../helpers/begin.ts'
import { type Loose, routes } from '../helpers/paths.ts'

const app = routes({
  '/write': ({ session }) => (session.cart = { items: [{ name: 'tea', count: 1 }] }),
  '/nested': ({ session }) => (session.cart.items[0].count = 2),
  '/equal': ({ session }) => {
    session.cart = { items: [{ name: 'tea', count: 1 }] }
  },
  '/back': ({ session }) => {
    session.cart.items.push('x')
    session.cart.items.pop()
    return 'same'
  },
  '/read': ({ session }) => session.cart ?? {},
  '/empty': ({ session }) => {
    delete session.cart
  },
  '/plain': () => 'hello',
  '/state': ({ session }) => ({ isNew: session.isNew, id: session.id, keys: Object.keys(session) }),
})

const begin = beginWith(app)

test('a change inside of a value is saved', async (t) => {
  const { browser, store } = await begin(t)
  await browser.get('/nested')
  t.deepEqual(store.calls, ['get', 'set'])
  t.deepEqual((await browser.get('/read')).body, { items: [{ name: 'tea', count: 2 }] })
})

for (const path of ['/equal', '/back', '/read']) {
  test(`${path} leaves an equal value, which is no change`, async (t) => {
    const { browser, store } = await begin(t)
    await browser.get(path)
    t.deepEqual(store.calls, ['get'])
  })
}

test('a stored session that was emptied stays', async (t) => {
  const { browser, store } = await begin(t)
  const before = (await browser.get('/state')).body as { id: string }
  await browser.get('/empty')
  t.deepEqual((await browser.get('/state')).body, { isNew: false, id: before.id, keys: [] })
  t.deepEqual(store.writes, ['set'])
})

/** JSON that counts. */
const counting = () => {
  const calls = { stringify: 0, parse: 0 }
  const serializer = {
    stringify: (value: unknown) => {
      calls.stringify += 1
      return JSON.stringify(value)
    },
    parse: (text: string): unknown => {
      calls.parse += 1
      return JSON.parse(text)
    },
  }
  return { calls, serializer }
}

test('a session that nobody looks at is neither parsed nor serialised', async (t) => {
  const { calls, serializer } = counting()
  const { browser } = await begin(t, { serializer })
  Object.assign(calls, { stringify: 0, parse: 0 })
  await browser.get('/plain')
  t.deepEqual(calls, { stringify: 0, parse: 0 })
})

test('a session that is only read is parsed once and serialised once', async (t) => {
  const { calls, serializer } = counting()
  let atCommit = {}
  const committed = stage('app:committed', function* () {
    yield
    atCommit = { ...calls }
  })
  const { browser } = await begin(t, { serializer, stages: (all: Loose) => all.before('persist', committed) })
  Object.assign(calls, { stringify: 0, parse: 0 })
  await browser.get('/read')
  // Outside of production the end of the response looks once more, for late writes.
  t.deepEqual(atCommit, { stringify: 1, parse: 1 })
})

const writer = stage('app:writer', function* (ctx, session) {
  if (ctx.path === '/plain') (session.data as Loose).seen = true
})

test('what a stage writes to the data is saved though nobody looked through ctx.session', async (t) => {
  const { browser, store } = await begin(t, { stages: (defaults: Loose) => defaults.after('flash', writer) })
  await browser.get('/plain')
  t.deepEqual(store.writes, ['set'])
  t.deepEqual(((await browser.get('/state')).body as { keys: string[] }).keys, ['cart', 'seen'])
})

test('a stage that watches through data is no use of the session', async (t) => {
  const watcher = stage('app:watcher', function* (_ctx, session) {
    t.truthy(Object.keys(session.data))
  })
  const { browser, store, clock } = await begin(t, {
    stages: (defaults: Loose) => defaults.after('flash', watcher),
    expiryThreshold: 0,
  })
  clock.advance('1h')
  const { headers } = await browser.get('/plain')
  t.is(headers['vary'], undefined)
  t.deepEqual(store.writes, [])
})

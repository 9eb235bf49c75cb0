import test from 'ava'
import { MemoryStore, type Store } from '../../src/index.ts'
import { patienceOf } from '../../src/persistence/patience.ts'
import { type Loose, routes, tokenIn } from '../helpers/paths.ts'
import { ScriptedStore } from '../helpers/scripted-store.ts'
import { serve, visitor } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

const never = (): Promise<never> => new Promise(() => undefined)
const UNAVAILABLE = 'ERR_STORE_UNAVAILABLE'

const begin = async (t: Loose, options: object = {}, more: object = {}) => {
  const store = new WatchedStore()
  const app = routes({
    '/write': ({ session }) => Object.assign(session, { user: 'ann' }),
    '/read': ({ session }) => ({ ...session }),
    '/change': ({ session }) => Object.assign(session, { user: 'bob' }),
    ...more,
  })
  const server = await serve(t, app, { store, storeTimeout: '50ms', ...options })
  const browser = server.visitor()
  const token = tokenIn(await browser.get('/write'))!
  store.forget()
  return { ...server, store, browser, token }
}

test('a store that does not answer a get is 503', async (t) => {
  const { browser, store, errors } = await begin(t)
  store.waiting.set('get', never)
  t.is((await browser.get('/read')).status, 503)
  t.like(errors, [{ code: UNAVAILABLE, outcome: 'none' }])
  t.regex((errors[0] as Error).message, /storeTimeout/)
})

test("with onStoreError 'anonymous' the request goes on without a session", async (t) => {
  const { browser, store, errors } = await begin(t, { onStoreError: 'anonymous' })
  store.waiting.set('get', never)
  const { status, body, cookies } = await browser.get('/read')
  t.deepEqual([status, body, cookies], [200, {}, []])
  t.like(errors, [{ code: UNAVAILABLE }])
})

test('a write that is not answered is 503, of unknown outcome, and sends no cookie', async (t) => {
  const { browser, url, store, errors } = await begin(t)
  store.waiting.set('set', never)
  for (const one of [browser, visitor(url)]) {
    const { status, cookies } = await one.get('/change')
    t.deepEqual([status, cookies], [503, []])
  }
  t.like(errors, [
    { code: UNAVAILABLE, outcome: 'unknown' },
    { code: UNAVAILABLE, outcome: 'unknown' },
  ])
  t.deepEqual(store.writes, ['set', 'set'])
})

for (const verb of ['save', 'destroy', 'changeId', 'regenerate', 'touch']) {
  test(`${verb} that is not answered is not tried again in this request`, async (t) => {
    const codes: string[] = []
    const { browser, store, clock } = await begin(
      t,
      {},
      {
        '/': async ({ session }: Loose) => {
          session.user = 'bob'
          await session[verb]().catch((error: Loose) => codes.push(error.code))
        },
      },
    )
    clock.advance('1h')
    for (const operation of ['set', 'touch', 'delete'] as const) store.waiting.set(operation, never)
    t.is((await browser.get('/')).status, 503)
    t.deepEqual(codes, [UNAVAILABLE])
    t.is(store.writes.length, 1)
  })
}

test('several sessions to be ended cost one time out, not one each', async (t) => {
  const { url, store, token } = await begin(t, {}, { '/end': ({ session }: Loose) => session.destroy() })
  const others = await Promise.all([1, 2].map(() => visitor(url).get('/write')))
  const cookie = [token, ...others.map((answer) => tokenIn(answer))].map((one) => `sid=${one}`).join('; ')
  store.forget()
  store.waiting.set('set', never)
  t.is((await visitor(url).get('/end', { cookie })).status, 503)
  t.deepEqual(store.calls, ['get', 'set'])
})

test('what is answered after all, or fails, disturbs nobody', async (t) => {
  const { browser, store } = await begin(t)
  const answers: (() => void)[] = []
  store.waiting.set(
    'get',
    () =>
      new Promise((resolve, reject) =>
        answers.push(
          () => resolve(1),
          () => reject(new Error('down')),
        ),
      ),
  )
  t.is((await browser.get('/read')).status, 503)
  for (const answer of answers.toReversed()) answer()
  store.waiting.clear()
  t.deepEqual((await browser.get('/read')).body, { user: 'ann' })
})

test('storeTimeout: false waits for as long as it takes', async (t) => {
  const { browser, store } = await begin(t, { storeTimeout: false })
  store.waiting.set('get', () => new Promise((resolve) => setTimeout(resolve, 80)))
  t.deepEqual((await browser.get('/read')).body, { user: 'ann' })
})

test('a store that answers at once is never waited for', async (t) => {
  const store = new MemoryStore()
  let waits = 0
  // Nobody else waits so long.
  patienceOf(61_000)!.wait = (answer) => ((waits += 1), answer)
  const app = routes({ '/': ({ session }) => void (session.count = 1) })
  const server = await serve(t, app, { store, storeTimeout: '61s' })
  const browser = server.visitor()
  for (let n = 0; n < 3; n += 1) t.is((await browser.get('/')).status, 200)
  t.is(waits, 0)
})

const locking = async (t: Loose, lock: Store['lock']) => {
  const memory = new MemoryStore()
  const store = new ScriptedStore(memory)
  const server = await serve(
    t,
    routes({
      '/write': ({ session }) => Object.assign(session, { user: 'ann' }),
      '/read': ({ session }) => ({ ...session }),
    }),
    { store, storeTimeout: '50ms', concurrency: { mode: 'lock', wait: '60ms' } },
  )
  const browser = server.visitor()
  await browser.get('/write')
  const own = memory.lock.bind(memory)
  memory.lock = lock as MemoryStore['lock']
  return { ...server, browser, restore: () => (memory.lock = own), own }
}

test('a lock that is never answered is 503 after its wait, and one that comes late is given back at once', async (t) => {
  let grant: (() => void) | undefined
  let released = 0
  const lock = { renew: async () => true, release: async () => void (released += 1) }
  const { browser, restore } = await locking(t, () => new Promise((resolve) => (grant = () => resolve(lock))))
  const { status, headers } = await browser.get('/read')
  t.deepEqual([status, headers['retry-after'], released], [503, '1', 0])
  grant?.()
  await new Promise(setImmediate)
  t.is(released, 1)
  restore()
  t.deepEqual((await browser.get('/read')).body, { user: 'ann' })
})

test('a lock that comes late and fails, or cannot be given back, disturbs nobody', async (t) => {
  const answers: ((lock: Loose) => void)[] = []
  const { browser } = await locking(t, () => new Promise((resolve, reject) => answers.push(resolve, reject)))
  t.deepEqual([(await browser.get('/read')).status, (await browser.get('/read')).status], [503, 503])
  answers[0]!({ renew: async () => true, release: () => Promise.reject(new Error('down')) })
  answers[3]!(new Error('down'))
  await new Promise(setImmediate)
  t.pass()
})

test('a lock whose release is never answered holds up neither its request nor the next one', async (t) => {
  const { browser } = await locking(t, async () => ({ renew: async () => true, release: never }))
  t.deepEqual((await browser.get('/read')).body, { user: 'ann' })
  t.deepEqual((await browser.get('/read')).body, { user: 'ann' })
})

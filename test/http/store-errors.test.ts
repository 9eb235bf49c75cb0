import test from 'ava'
import { StoreUnavailableError } from '../../src/index.ts'
import { beginWith } from '../helpers/begin.ts'
import { type Loose, routes } from '../helpers/paths.ts'
import { serve, visitor } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'
import { codesOfWrites, UNAVAILABLE } from '../helpers/writes.ts'

const app = routes({
  '/write': ({ session }) => {
    session.user = 'ann'
  },
  '/read': ({ session }) => ({ ...session, isNew: session.isNew }),
  '/write-anyhow': ({ session }) => ({ codes: codesOfWrites(session), ...session, isNew: session.isNew }),
  '/change': ({ session }) => {
    session.user = 'bob'
  },
  '/plain': () => 'hello',
  '/verbs': async ({ session }) => {
    const codes: string[] = []
    for (const verb of ['destroy', 'changeId', 'regenerate', 'save', 'reload', 'touch', 'update']) {
      await session[verb](verb === 'update' ? () => 1 : undefined).catch((error: Loose) =>
        codes.push(error.code),
      )
    }
    return codes
  },
  '/assign': (ctx) => {
    ctx['session'].user = 'bob'
  },
  '/extend': ({ session }) => session.touch(),
  '/reload': ({ session }) => session.reload(),
  '/update': ({ session }) => session.update((data: Loose) => (data.user = 'bob')),
})

const DOWN = new TypeError('connection refused to 10.0.0.1')

const begin = beginWith(app)

const FAILING = [
  ['get', '/read', 'none'],
  ['get', '/plain', 'none'],
  ['get', '/reload', 'none'],
  ['set', '/change', 'unknown'],
  ['set', '/update', 'unknown'],
  ['touch', '/extend', 'unknown'],
] as const

for (const [operation, path, outcome] of FAILING) {
  test(`a store that fails in ${operation} answers ${path} with 503, typed, and sends no cookie`, async (t) => {
    const { browser, store, clock, errors } = await begin(t, { cookie: { persistent: true } })
    if (operation === 'touch') clock.advance('1h')
    store.failing.set(operation, DOWN)
    const answer = await browser.get(path)
    t.is(answer.status, 503)
    t.is(answer.text, 'Service Unavailable', 'nothing of the cause')
    t.deepEqual(answer.cookies, [])
    const [error] = errors as [StoreUnavailableError]
    t.true(error instanceof StoreUnavailableError)
    t.is(error.cause, DOWN)
    t.like(error, { code: 'ERR_STORE_UNAVAILABLE', status: 503, outcome })
  })
}

test('a store that rejects is like one that throws', async (t) => {
  const { browser, store, errors } = await begin(t)
  store.waiting.set('get', () => Promise.reject(DOWN))
  t.is((await browser.get('/read')).status, 503)
  t.is((errors[0] as StoreUnavailableError).cause, DOWN)
})

test('a typed error of the store arrives as it is', async (t) => {
  const { browser, store, errors } = await begin(t)
  const error = new StoreUnavailableError('Redis is gone.', { outcome: 'none', cause: DOWN })
  store.failing.set('get', error)
  t.is((await browser.get('/read')).status, 503)
  t.is(errors[0], error)
})

for (const thrown of ['a string', undefined, null, { code: 42 }]) {
  test(`a store that throws ${JSON.stringify(thrown)} is a typed error too`, async (t) => {
    const { browser, store, errors } = await begin(t)
    store.failing.set('get', thrown)
    t.is((await browser.get('/read')).status, 503)
    t.is((errors[0] as StoreUnavailableError).cause, thrown)
  })
}

test('a store that fails to create leaves no cookie', async (t) => {
  const store = new WatchedStore()
  store.failing.set('set', DOWN)
  const { visitor, events } = await serve(t, app, { store })
  const { status, cookies } = await visitor().get('/write')
  t.deepEqual([status, cookies, events], [503, [], []])
})

test('a store that fails does not concern a request without a cookie that creates nothing', async (t) => {
  const store = new WatchedStore()
  for (const operation of ['get', 'set', 'touch', 'delete'] as const) store.failing.set(operation, DOWN)
  const { visitor } = await serve(t, app, { store })
  t.is((await visitor().get('/read')).status, 200)
})

test('a store that fails when a change of id has to be undone answers 503 and sends no cookie', async (t) => {
  const store = new WatchedStore()
  const server = await serve(
    t,
    routes({
      '/write': ({ session }) => (session.user = 'ann'),
      '/end': ({ session }) => session.destroy(),
      '/change-id': async (ctx) => {
        // Between the two writes of the move, a parallel request ends the session.
        let writes = 0
        store.waiting.set('set', async () => {
          writes += 1
          if (writes !== 2) return
          store.waiting.clear()
          await visitor(server.url).get('/end', { Cookie: ctx.get('Cookie') })
        })
        store.failing.set('delete', DOWN)
        await ctx['session'].changeId()
      },
    }),
    { store },
  )
  const browser = server.visitor()
  await browser.get('/write')
  const { status, cookies } = await browser.get('/change-id')
  t.deepEqual([status, cookies], [503, []])
  t.is((server.errors[0] as StoreUnavailableError).cause, DOWN)
  t.deepEqual(store.calls.at(-1), 'delete')
})

test("with onStoreError 'anonymous' a request has an empty session that refuses writes, and no cookie is touched", async (t) => {
  const { browser, store, errors } = await begin(t, { onStoreError: 'anonymous' })
  store.failing.set('get', DOWN)
  const answer = await browser.get('/write-anyhow')
  t.deepEqual([answer.status, answer.body, answer.cookies], [200, { codes: UNAVAILABLE, isNew: true }, []])
  t.deepEqual(store.writes, [])
  t.is((errors[0] as StoreUnavailableError).cause, DOWN)
  store.failing.clear()
  t.like((await browser.get('/read')).body, { user: 'ann' }, 'the session is back with the store')
})

test("with onStoreError 'anonymous' the verbs reject, and writing fails loudly", async (t) => {
  const { browser, store } = await begin(t, { onStoreError: 'anonymous' })
  store.failing.set('get', DOWN)
  const { body, cookies } = await browser.get('/verbs')
  t.deepEqual([body, cookies], [Array.from({ length: 7 }, () => 'ERR_SESSION_UNAVAILABLE'), []])
  t.is((await browser.get('/assign')).status, 500)
})

test("with onStoreError 'anonymous' a store that fails to save is an error all the same", async (t) => {
  const { browser, store } = await begin(t, { onStoreError: 'anonymous' })
  store.failing.set('set', DOWN)
  const { status, cookies } = await browser.get('/change')
  t.deepEqual([status, cookies], [503, []])
})

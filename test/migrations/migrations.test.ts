import type { ExecutionContext } from 'ava'
import test from 'ava'
import { MemoryStore, type SessionOptions } from '../../src/index.ts'
import { migrations, type MigrationsOptions } from '../../src/migrations/index.ts'
import { type Loose, routes } from '../helpers/paths.ts'
import { pause } from '../helpers/pause.ts'
import { linesIn } from '../helpers/records.ts'
import { type Handler, serve } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

type Data = Record<string, unknown>

/** Version 2 splits the name, version 3 counts from a text. */
const STEPS = {
  2: (data: Data) => {
    const [first, last] = String(data['name']).split(' ')
    const { name: _name, ...others } = data
    return { ...others, user: { first, last } }
  },
  3: (data: Data) => void (data['visits'] = Number(data['visits'] ?? 0)),
}

const handler: Handler = routes({
  '/old': (ctx) => Object.assign(ctx['session'], { name: 'Ann Lee', visits: '7', kept: [1] }) && undefined,
  '/data': (ctx) => ({ ...ctx['session'] }),
  '/kept': (ctx) => ctx['session'].kept as unknown,
  '/nothing': () => 'nothing',
  '/id': (ctx) => ctx['session'].id as string,
  '/note': (ctx) => void (ctx['session'].note = 1),
  '/annotate': (ctx) => void (ctx['session'].flash.hint = 'hi'),
  '/update': (ctx) =>
    ctx['session'].update((data: Loose) => (data.visits = Number(data.visits) + 1)) as unknown,
  '/regenerate': async (ctx) => {
    await ctx['session'].regenerate({ keep: true })
  },
  '/change-id': (ctx) => ctx['session'].changeId() as Promise<void>,
  '/destroy': (ctx) => ctx['session'].destroy() as Promise<void>,
})

/** One visitor of several versions of the application, on one store. */
async function deploys(
  t: ExecutionContext,
  options: SessionOptions & { store?: MemoryStore | WatchedStore } = {},
) {
  const store = options.store ?? new MemoryStore()
  let cookie = ''
  const version = async (own?: MigrationsOptions) => {
    const { visitor, events, errors } = await serve(t, handler, {
      ...(options as object),
      store,
      ...(own && { stages: (defaults) => defaults.after('persist', migrations(own)) }),
    })
    const get = async (path: string) => {
      const answer = await visitor().get(path, { cookie })
      if (answer.cookies[0] !== undefined) cookie = answer.cookies[0].split(';')[0]!
      return answer
    }
    return { get, events, errors }
  }
  const old = await version()
  await old.get('/old')
  const id = (await old.get('/id')).text
  return { store, old, version, id, cookie: () => cookie }
}

const V3: MigrationsOptions = { version: 3, steps: STEPS }
const NEW = { visits: 7, kept: [1], user: { first: 'Ann', last: 'Lee' } }

test('data of an older version are brought up when they are looked at, and that is no write', async (t) => {
  const store = new WatchedStore()
  const { version, id } = await deploys(t, { store })
  const next = await version(V3)
  store.forget()
  t.deepEqual((await next.get('/data')).body, NEW)
  t.deepEqual(store.writes, [])
  t.true(linesIn(store.inner, id).includes('d"name":"Ann Lee"'))
})

test('a request that does not look runs no step', async (t) => {
  const { version } = await deploys(t, { verifyUserAgent: true })
  const ran: number[] = []
  const next = await version({ version: 2, steps: { 2: () => void ran.push(2) } })
  await next.get('/nothing')
  await next.get('/id')
  t.deepEqual(ran, [])
  await next.get('/kept')
  t.deepEqual(ran, [2])
})

test('when they are written, the new form and the version are', async (t) => {
  const { version, store, id } = await deploys(t)
  const next = await version(V3)
  await next.get('/note')
  t.deepEqual(linesIn(store as MemoryStore, id).toSorted(), [
    'a"migrations":3',
    'd"kept":[1]',
    'd"note":1',
    'd"user":{"first":"Ann","last":"Lee"}',
    'd"visits":7',
  ])
  t.deepEqual((await next.get('/data')).body, { ...NEW, note: 1 })
})

test('a new session bears the version, and no step is run on it', async (t) => {
  const store = new MemoryStore()
  const ran: number[] = []
  const { visitor } = await serve(t, handler, {
    store,
    stages: (defaults) =>
      defaults.after('persist', migrations({ version: 2, steps: { 2: () => void ran.push(2) } })),
  })
  const browser = visitor()
  await browser.get('/old')
  t.true(linesIn(store, (await browser.get('/id')).text).includes('a"migrations":2'))
  await browser.get('/data')
  t.deepEqual(ran, [])
})

for (const concurrency of ['merge', 'last-write', 'lock'] as const)
  test(`update() is given the new form, under ${concurrency}`, async (t) => {
    const { version } = await deploys(t, { concurrency })
    const next = await version(V3)
    t.is((await next.get('/update')).text, '8')
    t.deepEqual((await next.get('/data')).body, { ...NEW, visits: 8 })
  })

test('a new id, and keys that go along at a login, keep form and version together', async (t) => {
  const { version } = await deploys(t)
  const next = await version(V3)
  for (const path of ['/change-id', '/regenerate', '/change-id']) {
    t.is((await next.get(path)).status, 200)
    t.deepEqual((await next.get('/data')).body, NEW, path)
  }
})

test('what a process of the old version has changed meanwhile is brought up and merged', async (t) => {
  const { version, old, store, id, cookie } = await deploys(t)
  const reading = pause()
  const { visitor } = await serve(
    t,
    async (ctx) => {
      t.is(ctx['session'].visits, 7)
      await reading.here()
      ctx['session'].note = 'mine'
    },
    { store, stages: (defaults) => defaults.after('persist', migrations(V3)) },
  )
  const next = await version(V3)
  const slow = visitor().get('/', { cookie: cookie() })
  await reading.reached
  await old.get('/note')
  reading.go()
  await slow
  t.deepEqual((await next.get('/data')).body, { ...NEW, note: 'mine' })
  t.true(linesIn(store as MemoryStore, id).includes('a"migrations":3'))
})

test('data of a newer version are refused for this request, and nothing is touched', async (t) => {
  const { version, store, id } = await deploys(t)
  await (await version(V3)).get('/note')
  const before = (store as MemoryStore).get(id)
  const rolledBack = await version({ version: 2, steps: { 2: STEPS[2] } })
  const answer = await rolledBack.get('/data')
  t.deepEqual(answer.body, {})
  t.deepEqual(answer.cookies, [])
  t.is((await rolledBack.get('/note')).status, 500)
  t.like(rolledBack.errors[0], { code: 'ERR_SESSION_UNAVAILABLE' })
  t.deepEqual((store as MemoryStore).get(id), before)
  t.like(rolledBack.events[0]![1], { reason: 'data of a newer version' })
  t.deepEqual((await (await version(V3)).get('/data')).body, { ...NEW, note: 1 })
})

test("with newer: 'show' they are used as they are, and keep their version", async (t) => {
  const { version, store, id } = await deploys(t)
  await (await version(V3)).get('/note')
  const rolledBack = await version({ version: 2, steps: { 2: STEPS[2] }, newer: 'show' })
  t.deepEqual((await rolledBack.get('/data')).body, { ...NEW, note: 1 })
  t.is((await rolledBack.get('/update')).text, '8')
  t.true(linesIn(store as MemoryStore, id).includes('a"migrations":3'))
})

test('data that become newer while a request runs refuse its write', async (t) => {
  const { version, store, cookie } = await deploys(t)
  const reading = pause()
  const { visitor } = await serve(
    t,
    async (ctx) => {
      ctx['session'].note = 'late'
      await reading.here()
    },
    { store, stages: (defaults) => defaults.after('persist', migrations({ version: 1, steps: {} })) },
  )
  const next = await version(V3)
  const slow = visitor().get('/', { cookie: cookie() })
  await reading.reached
  await next.get('/update')
  reading.go()
  t.is((await slow).status, 503)
  t.deepEqual((await next.get('/data')).body, { ...NEW, visits: 8 })
})

const FAILING: Readonly<Record<string, (data: Data) => unknown>> = {
  'that throws': () => {
    throw new Error('no')
  },
  'that is async': async (data) => data,
  'that returns a list': () => [],
  'that returns a text': () => 'data',
  'that returns null': () => null,
  'that returns a Map': () => new Map(),
}

for (const [what, step] of Object.entries(FAILING))
  test(`a step ${what} fails the look, and neither ends nor changes the session`, async (t) => {
    const { version, old, store, id } = await deploys(t)
    const before = (store as MemoryStore).get(id)
    const broken = await version({ version: 2, steps: { 2: step as never } })
    t.is((await broken.get('/data')).status, 500)
    t.is((await broken.get('/note')).status, 500)
    for (const error of broken.errors) t.like(error, { code: 'ERR_SESSION_MIGRATION' })
    t.deepEqual((store as MemoryStore).get(id), before)
    t.is((await broken.get('/destroy')).status, 200)
    t.deepEqual((await old.get('/data')).body, {})
  })

test('a step cannot make a key of a reserved name', async (t) => {
  const { version } = await deploys(t)
  const broken = await version({ version: 2, steps: { 2: () => ({ id: 7 }) } })
  t.is((await broken.get('/data')).status, 500)
  t.true(broken.errors[0] instanceof TypeError)
})

test('a value that cannot be parsed ends the session, as ever', async (t) => {
  const { version, store, id } = await deploys(t)
  const memory = store as MemoryStore
  const { data, expiresAt } = memory.get(id)!
  memory.set(id, data.replace('"visits":"7"', '"visits":"77'), expiresAt, 'present')
  const next = await version(V3)
  t.is((await next.get('/data')).status, 500)
  t.true(next.events.some(([name]) => name === 'corrupt'))
})

for (const [what, options] of Object.entries({
  'no object': null,
  'no version': { steps: {} },
  'a version of 0': { version: 0, steps: {} },
  'a version that is no whole number': { version: 1.5, steps: {} },
  'a version that is a text': { version: '2', steps: STEPS },
  'no steps': { version: 1 },
  'a gap': { version: 3, steps: { 3: STEPS[3] } },
  'a missing last step': { version: 3, steps: { 2: STEPS[2] } },
  'a step beyond the version': { version: 2, steps: STEPS },
  'a step to version 1': { version: 2, steps: { ...STEPS, 1: STEPS[2], 3: undefined } },
  'a step that is no function': { version: 2, steps: { 2: 'up' } },
  'another word for newer': { version: 1, steps: {}, newer: 'destroy' },
  'an unknown option': { version: 1, steps: {}, older: 'show' },
}))
  test(`${what} is refused at the call`, (t) => {
    t.throws(() => migrations(options as never), { code: 'ERR_SESSION_CONFIG', message: /migrations/ })
  })

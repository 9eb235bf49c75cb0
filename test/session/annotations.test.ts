import test, { type ExecutionContext } from 'ava'
import { type Session, stage } from '../../src/index.ts'
import { type Loose, routes, tokenIn } from '../helpers/paths.ts'
import { pause } from '../helpers/pause.ts'
import { linesIn } from '../helpers/records.ts'
import { serve } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

type Acts = Readonly<Record<string, (annotations: Loose, ctx: Loose, session: Session) => unknown>>

/** What a stage of an application does to annotations, by the path. */
const ACTS: Acts = {
  '/note': (annotations) => (annotations.audit = { seen: [1] }),
  '/note-twice': (annotations) => Object.assign(annotations, { audit: { seen: [1] }, other: 'one' }),
  '/inside': (annotations) => annotations.audit.seen.push(2),
  '/same': (annotations) => (annotations.audit = { seen: [1] }),
  '/unnote': (annotations) => delete annotations.audit,
  '/other': (annotations) => (annotations.other = 'two'),
  '/annotations': (annotations, ctx) => (ctx.state.shown = { ...annotations }),
  '/proto': (annotations) => (annotations['__proto__'] = { admin: true }),
  '/bigint': (annotations) => (annotations.audit = 1n),
  '/freeze': (annotations) => Object.freeze(annotations),
}

async function start(
  t: ExecutionContext,
  table: Parameters<typeof routes>[0] = {},
  acts: Acts = {},
  options = {},
) {
  const store = new WatchedStore()
  const keeper = stage('app:keeper', async function* (ctx, session) {
    await { ...ACTS, ...acts }[ctx.path]?.(session.annotations, ctx, session)
  })
  const server = await serve(
    t,
    routes({
      '/write': ({ session }) => void (session.user = 'ann'),
      '/read': ({ session }) => ({ ...session }),
      '/annotations': (ctx) => ctx.state['shown'],
      '/change-id': ({ session }) => session.changeId(),
      '/regenerate': (ctx) => ctx['session'].regenerate({ keep: true }),
      '/destroy': ({ session }) => session.destroy(),
      ...table,
    }),
    { store, stages: (defaults: Loose) => defaults.after('flash', keeper), ...options },
  )
  return { ...server, store }
}

test('an annotation alone begins a session, and the next request has it', async (t) => {
  const { visitor, events } = await start(t)
  const browser = visitor()
  t.truthy(tokenIn(await browser.get('/note')))
  t.is(events[0]![0], 'created')
  t.deepEqual((await browser.get('/annotations')).body, { audit: { seen: [1] } })
})

test('what stages keep is unseen by ctx.session, and its name is free for the user', async (t) => {
  const { visitor } = await start(t, {
    '/look': ({ session }) => ({
      keys: Object.keys(session),
      text: JSON.stringify(session),
      audit: String(session.audit),
      has: 'audit' in session || 'annotations' in session,
      annotations: String(session.annotations),
    }),
    '/mine': ({ session }) => Object.assign(session, { audit: 'mine', annotations: 'too' }),
  })
  const browser = visitor()
  await browser.get('/write')
  await browser.get('/note')
  t.deepEqual((await browser.get('/look')).body, {
    keys: ['user'],
    text: '{"user":"ann"}',
    audit: 'undefined',
    has: false,
    annotations: 'undefined',
  })
  await browser.get('/mine')
  t.deepEqual((await browser.get('/read')).body, { user: 'ann', audit: 'mine', annotations: 'too' })
  t.deepEqual((await browser.get('/annotations')).body, { audit: { seen: [1] } })
})

test('annotations are saved when they change, inside too, and an equal one is no change', async (t) => {
  const { visitor, store } = await start(t)
  const browser = visitor()
  await browser.get('/note')
  store.forget()
  await browser.get('/same')
  await browser.get('/annotations')
  t.deepEqual(store.writes, [])
  await browser.get('/inside')
  t.deepEqual(store.writes, ['set'])
  t.deepEqual((await browser.get('/annotations')).body, { audit: { seen: [1, 2] } })
  await browser.get('/unnote')
  t.deepEqual((await browser.get('/annotations')).body, {})
})

test('a stage that works with annotations is no use of the session', async (t) => {
  const { visitor, store, clock } = await start(t, {}, {}, { expiryThreshold: 0 })
  const browser = visitor()
  t.is((await browser.get('/note')).headers['vary'], undefined)
  clock.advance('1h')
  store.forget()
  t.is((await browser.get('/same')).headers['vary'], undefined)
  t.deepEqual(store.writes, [])
})

test('annotations are kept by changeId, and dropped by regenerate and destroy', async (t) => {
  const { visitor } = await start(t)
  const browser = visitor()
  for (const [path, left] of [
    ['/change-id', { audit: { seen: [1] } }],
    ['/regenerate', {}],
    ['/destroy', {}],
  ] as const) {
    await browser.get('/write')
    await browser.get('/note')
    await browser.get(path)
    await browser.get('/write')
    t.deepEqual((await browser.get('/annotations')).body, left, path)
  }
})

test('replacing the data of the session leaves annotations alone', async (t) => {
  const { visitor } = await start(t, { '/replace': (ctx) => (ctx['session'] = { user: 'bob' }) as unknown })
  const browser = visitor()
  await browser.get('/note')
  await browser.get('/replace')
  t.deepEqual((await browser.get('/annotations')).body, { audit: { seen: [1] } })
})

test('annotations are in the record, each in a line of its own', async (t) => {
  const { visitor, store, events } = await start(t)
  await visitor().get('/note-twice')
  t.deepEqual(linesIn(store.inner, events[0]![1].id!), ['a"audit":{"seen":[1]}', 'a"other":"one"'])
})

for (const concurrency of ['merge', 'last-write'] as const) {
  test(`annotations that parallel requests wrote are merged like keys, in mode ${concurrency}`, async (t) => {
    const hold = pause()
    const { visitor, events } = await start(
      t,
      {},
      {
        '/slow': async (annotations) => {
          t.is(annotations.other, 'one')
          annotations.slow = true
          await hold.here()
        },
        '/fast': (annotations) => Object.assign(annotations, { fast: true, other: 'three' }),
      },
      { concurrency },
    )
    const browser = visitor()
    await browser.get('/note-twice')
    const slow = browser.get('/slow')
    await hold.reached
    await browser.get('/fast')
    await browser.get('/unnote')
    hold.go()
    t.is((await slow).status, 200)
    t.deepEqual((await browser.get('/annotations')).body, { other: 'three', fast: true, slow: true })
    t.false(events.some(([name]) => name === 'conflict'))
  })

  test(`of an annotation that both wrote that of the last stays, and a deletion wins, in mode ${concurrency}`, async (t) => {
    const hold = pause()
    const { visitor } = await start(
      t,
      {},
      {
        '/slow': async (annotations) => {
          annotations.other = 'slow'
          annotations.audit.seen.push('slow')
          await hold.here()
        },
      },
      { concurrency },
    )
    const browser = visitor()
    await browser.get('/note-twice')
    const slow = browser.get('/slow')
    await hold.reached
    await browser.get('/other')
    await browser.get('/unnote')
    hold.go()
    t.is((await slow).status, 200)
    t.deepEqual((await browser.get('/annotations')).body, { other: 'slow' })
  })
}

test('an annotation that cannot be serialised is an error that names it', async (t) => {
  const { visitor, errors } = await start(t)
  t.is((await visitor().get('/bigint')).status, 500)
  t.like(errors[0], { code: 'ERR_SESSION_SERIALIZE', key: 'annotations.audit' })
})

for (const path of ['/proto', '/freeze']) {
  test(`${path} is a TypeError, and nothing is stored`, async (t) => {
    const { visitor, errors, store } = await start(t)
    t.is((await visitor().get(path)).status, 500)
    t.true(errors[0] instanceof TypeError)
    t.deepEqual(store.calls, [])
  })
}

test('annotations of a request without a session cannot be written', async (t) => {
  const { visitor, errors } = await start(t, {}, {}, { onStoreError: 'anonymous' })
  const browser = visitor()
  await browser.get('/note')
  const down = await start(t, {}, {}, { onStoreError: 'anonymous' })
  down.store.failing.set('get', new Error('down'))
  const answer = await down.visitor().get('/note', { Cookie: `sid=${'A'.repeat(43)}` })
  t.is(answer.status, 500)
  t.like(down.errors.at(-1), { code: 'ERR_SESSION_UNAVAILABLE' })
  t.deepEqual(errors, [])
})

test('what was expired for a request by a stage is a new session, without the annotations of the old one', async (t) => {
  const { visitor, clock } = await start(t)
  const browser = visitor()
  await browser.get('/note')
  clock.advance('3h')
  await browser.get('/write')
  t.deepEqual((await browser.get('/annotations')).body, {})
})

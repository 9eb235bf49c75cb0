import test from 'ava'
import type { SessionSerializeError } from '../../src/index.ts'
import { type Loose, routes } from '../helpers/paths.ts'
import { serve } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

const cycle = (): object => {
  const loop: Record<string, unknown> = { name: 'secret' }
  loop['self'] = loop
  return loop
}

const BAD: Record<string, [key: string, write: (session: Loose) => unknown]> = {
  'a cycle': ['cart', (session) => (session.cart = cycle())],
  'a BigInt': ['total', (session) => (session.total = 10n)],
  'a BigInt inside': ['cart', (session) => (session.cart = { items: [1n] })],
  'a toJSON that throws': [
    'when',
    (session) =>
      (session.when = {
        toJSON: () => {
          throw new RangeError('secret')
        },
      }),
  ],
  'a toJSON that throws no error': [
    'when',
    (session) =>
      (session.when = {
        toJSON: () => {
          // oxlint-disable-next-line no-throw-literal -- what careless objects do
          throw 'secret'
        },
      }),
  ],
  'a cycle in the flash': ['flash.notice', (session) => (session.flash.notice = cycle())],
}

for (const [what, [key, write]] of Object.entries(BAD)) {
  const app = routes({
    '/write': ({ session }) => (session.user = 'ann'),
    '/bad': ({ session }) => {
      session.user = 'bob'
      write(session)
      return 'done'
    },
    '/bad-saved': async ({ session }) => {
      write(session)
      const error = await session.save().catch((failure: unknown) => failure)
      delete session[key]
      session.clearFlash()
      return { code: error.code, key: error.key }
    },
    '/read': ({ session }) => ({ ...session, flash: { ...session.flash } }),
  })

  test(`${what} is a typed error that names the key and no value, and the old record stays`, async (t) => {
    const store = new WatchedStore()
    const { visitor, errors } = await serve(t, app, { store })
    const browser = visitor()
    await browser.get('/write')
    store.forget()
    t.is((await browser.get('/bad')).status, 500)
    const error = errors[0] as SessionSerializeError
    t.like(error, { code: 'ERR_SESSION_SERIALIZE', name: 'SessionSerializeError', key, status: 500 })
    t.true(error.message.includes(`'${key}'`))
    t.false(error.message.includes('secret'))
    t.deepEqual(store.writes, [])
    t.deepEqual((await browser.get('/read')).body, { user: 'ann', flash: {} })
  })

  test(`${what} creates no session and sends no cookie`, async (t) => {
    const store = new WatchedStore()
    const { visitor } = await serve(t, app, { store })
    const { status, cookies } = await visitor().get('/bad')
    t.deepEqual([status, cookies, store.calls], [500, [], []])
  })

  test(`${what} makes save() reject, and the request can go on without it`, async (t) => {
    const browser = (await serve(t, app)).visitor()
    await browser.get('/write')
    const { status, body } = await browser.get('/bad-saved')
    t.deepEqual([status, body], [200, { code: 'ERR_SESSION_SERIALIZE', key }])
  })
}

test('each value is serialised by itself, and only those that changed', async (t) => {
  const seen: unknown[] = []
  const serializer = {
    parse: JSON.parse,
    stringify: (value: Loose) => {
      seen.push(value)
      return JSON.stringify(value)
    },
  }
  const handler = routes({
    '/write': ({ session }) => Object.assign(session, { user: 'ann', cart: ['tea'], count: 1 }),
    '/change': ({ session }) => (session.count += 1),
  })
  const browser = (await serve(t, handler, { serializer })).visitor()
  seen.length = 0
  await browser.get('/write')
  t.deepEqual(seen.slice(0, 3), ['ann', ['tea'], 1])
  seen.length = 0
  await browser.get('/change')
  t.deepEqual([...new Set(seen)], [2])
})

test('an object that stands under two keys comes back as two', async (t) => {
  const handler = routes({
    '/write': ({ session }) => {
      session.home = { city: 'Bonn' }
      session.work = session.home
    },
    '/move': ({ session }) => {
      session.work.city = 'Kiel'
      return { ...session }
    },
  })
  const browser = (await serve(t, handler)).visitor()
  await browser.get('/write')
  t.deepEqual((await browser.get('/move')).body, { home: { city: 'Bonn' }, work: { city: 'Kiel' } })
})

test('a key that holds undefined or what has no text is absent after storing', async (t) => {
  const handler = routes({
    '/write': ({ session }) =>
      void Object.assign(session, { user: 'ann', nothing: undefined, act: () => 1, sign: Symbol('x') }),
    '/unset': ({ session }) => {
      session.user = undefined
      return { keys: Object.keys(session) }
    },
    '/read': ({ session }) => ({ keys: Object.keys(session), has: 'nothing' in session }),
  })
  const browser = (await serve(t, handler)).visitor()
  await browser.get('/write')
  t.deepEqual((await browser.get('/read')).body, { keys: ['user'], has: false })
  t.deepEqual((await browser.get('/unset')).body, { keys: ['user'] }, 'in this request it is there')
  t.deepEqual((await browser.get('/read')).body, { keys: [], has: false })
})

test('a record that is cut off or lengthened anywhere is no session, and reported', async (t) => {
  const store = new WatchedStore()
  const app = routes({
    '/write': ({ session }) => (session.user = 'ann'),
    '/read': ({ session }) => ({ ...session, isNew: session.isNew }),
    '/begin': ({ session }) => (session.user = 'bob'),
  })
  const damages: ((data: string) => string)[] = [
    (data) => data.slice(0, -1),
    (data) => data.slice(0, -5),
    (data) => data.slice(0, data.indexOf('\n')),
    (data) => data.slice(0, data.indexOf('\n') + 1),
    (data) => `${data}d"more":1\n`,
    (data) => data.replace('1s', '2s'),
    (data) => data.replace('1s', '1x'),
    (data) => data.replace(/ \d+\n/, ' soon\n'),
    (data) => data.replace('\n', ' i\n'),
    (data) => data.replace('\n', ' z1\n'),
    (data) => data.replace('\n', ' a1000\n'),
  ]
  for (const damage of damages) {
    const { visitor, events } = await serve(t, app, { store })
    const browser = visitor()
    await browser.get('/write')
    const id = events[0]![1].id!
    const record = store.inner.get(id)!
    store.inner.set(id, damage(record.data), record.expiresAt, 'present')
    const answer = await browser.get('/read')
    t.deepEqual([answer.status, answer.body, answer.cookies], [200, { isNew: true }, []])
    t.deepEqual([events[1]?.[0], events[1]?.[1].id], ['corrupt', id])
    await browser.get('/begin')
    t.deepEqual((await browser.get('/read')).body, { user: 'bob', isNew: false })
  }
})

test('a record that another program wrote is no session, and reported', async (t) => {
  const store = new WatchedStore()
  const app = routes({
    '/write': ({ session }) => (session.user = 'ann'),
    '/read': ({ session }) => ({ ...session, isNew: session.isNew }),
  })
  for (const text of [
    '',
    'garbage',
    '[]\n{}',
    'null\n',
    '{"createdAt":"x"}\n{}',
    '{"createdAt":1,"updatedAt":1}',
  ]) {
    const { visitor, events } = await serve(t, app, { store })
    const browser = visitor()
    await browser.get('/write')
    const id = events[0]![1].id!
    store.inner.set(id, text, Date.now() + 60_000, 'present')
    const answer = await browser.get('/read')
    t.deepEqual([answer.status, answer.body, answer.cookies], [200, { isNew: true }, []])
    t.like(events[1], ['corrupt', { id }])
  }
})

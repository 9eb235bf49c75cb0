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

test('a serializer that refuses the whole is an error without a key', async (t) => {
  const serializer = {
    parse: JSON.parse,
    stringify: (value: Loose) => {
      if (value?.data?.user === 'ann') throw new Error('no')
      return JSON.stringify(value)
    },
  }
  const { visitor, errors } = await serve(t, ({ session }: Loose) => (session.user = 'ann'), { serializer })
  t.is((await visitor().get('/')).status, 500)
  t.like(errors[0], { code: 'ERR_SESSION_SERIALIZE', key: '' })
})

test('data that the serializer cannot read back are no session, and reported', async (t) => {
  const store = new WatchedStore()
  const app = routes({
    '/write': ({ session }) => (session.user = 'ann'),
    '/read': ({ session }) => ({ ...session, isNew: session.isNew }),
    '/begin': ({ session }) => (session.user = 'bob'),
  })
  for (const body of ['{"data":', 'null', '[]', '{"data":{}}', '{"data":[],"flash":{}}']) {
    const { visitor, events } = await serve(t, app, { store })
    const browser = visitor()
    await browser.get('/write')
    const id = events[0]![1].id!
    const record = store.inner.get(id)!
    store.inner.set(id, `${record.data.split('\n')[0]}\n${body}`, record.expiresAt, 'present')
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

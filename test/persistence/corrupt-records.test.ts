import test, { type ExecutionContext } from 'ava'
import { formatRecord, formatTombstone } from '../../src/record.ts'
import { tokenToId } from '../../src/token.ts'
import { type Loose, routes } from '../helpers/paths.ts'
import { serve, visitor } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

const app = routes({
  '/write': ({ session }) => {
    session.user = 'ann'
    session.cart = ['a\nb', 'ä€😀']
    session.flash.note = 'hello'
    session.expireKey('cart', '1h')
  },
  '/read': ({ session }) => ({ data: { ...session }, isNew: session.isNew, why: session.endReason ?? null }),
  '/plain': () => 'hello',
  '/change': ({ session }) => {
    session.user = 'bob'
  },
  '/destroy': ({ session }) => session.destroy(),
})

/** A visitor whose stored record can be replaced by any text. */
const begin = async (t: ExecutionContext): Promise<Loose> => {
  const store = new WatchedStore()
  const served = await serve(t, app, { store })
  const { cookies } = await served.visitor().get('/write')
  const token = /^sid=([^;]+)/.exec(cookies[0]!)![1]!
  const id = tokenToId(token)
  const { data } = store.inner.get(id)!
  const damage = (text: string): void => {
    store.inner.set(id, text, 9e15, 'present')
    served.events.length = 0
    store.forget()
  }
  const get = (path: string): Promise<Loose> => visitor(served.url).get(path, { Cookie: `sid=${token}` })
  return { ...served, store, token, id, data, damage, get }
}

test('a record that was cut at any byte means no session, and session:corrupt', async (t) => {
  const { data, damage, get, events, errors, id } = await begin(t)
  const bytes = Buffer.from(data)
  const ends = [...bytes].flatMap((byte, index) => (byte === 10 ? [index, index + 1] : []))
  const cuts = new Set(
    [...ends, ...bytes.keys()].filter((cut) => cut < bytes.length && (ends.includes(cut) || cut % 5 === 0)),
  )
  for (const cut of cuts) {
    damage(bytes.subarray(0, cut).toString())
    const { status, body, cookies } = await get('/read')
    t.is(status, 200)
    t.like(body, { data: {}, isNew: true }, `cut at ${cut}`)
    t.deepEqual(cookies, [])
    t.deepEqual(
      events.map(([name, { id: told }]: Loose) => [name, told]),
      [['corrupt', id]],
      `cut at ${cut}`,
    )
  }
  t.deepEqual(errors, [])
  t.true(cuts.size > 20)
})

for (const [what, text] of Object.entries({
  'an empty text': '',
  garbage: 'garbage',
  'the record of a later version': '2s 1 1764000000000 1764000060000\n',
  'a tombstone of a later version': '2t 1 1764000000000 e\n',
  'a tombstone that was cut': formatTombstone({ endedAt: 9e12, moved: false, endReason: 'x' }).slice(0, -1),
  'a length that is wrong': formatRecord({ createdAt: 9e12, updatedAt: 9e12 }, '\nd"user":"ann"\n').replace(
    '15',
    '16',
  ),
  'a text that somebody has added to': `${formatRecord({ createdAt: 9e12, updatedAt: 9e12 }, '\n')}d"user":"eve"\n`,
})) {
  test(`a store that hands out ${what} means no session, and session:corrupt`, async (t) => {
    const { damage, get, events, errors, id, store, token } = await begin(t)
    damage(text)
    t.like((await get('/read')).body, { data: {}, isNew: true })
    t.deepEqual([events.length, events[0]?.[0], events[0]?.[1].id], [1, 'corrupt', id])
    t.is(typeof events[0][1].reason, 'string')
    t.deepEqual(store.writes, [], 'reading mends nothing')

    t.is((await get('/plain')).text, 'hello')
    const { status, cookies } = await get('/change')
    t.is(status, 200)
    t.is(cookies.length, 1)
    t.false(cookies[0].includes(token), 'what is written begins a new session')
    t.is(store.inner.get(id)?.data, text)
    t.deepEqual(errors, [])
  })
}

test('a record that turns out to be damaged at the commit means no session, and session:corrupt', async (t) => {
  const store = new WatchedStore()
  let id = ''
  const served = await serve(
    t,
    routes({
      '/write': ({ session }) => {
        session.user = 'ann'
        id = session.id
      },
      '/change': ({ session }) => {
        session.user = 'bob'
        store.inner.set(id, 'garbage', 9e15, 'present')
      },
    }),
    { store },
  )
  const browser = served.visitor()
  await browser.get('/write')
  served.events.length = 0
  const { status, cookies } = await browser.get('/change')
  t.is(status, 200)
  t.deepEqual(cookies, [])
  t.deepEqual(
    served.events.map(([name]) => name),
    ['corrupt', 'conflict'],
  )
  t.is(store.inner.get(id)?.data, 'garbage')
})

test('a value that does not parse ends the session where it is read; others are served', async (t) => {
  const { damage, get, events, store, id } = await begin(t)
  const record = formatRecord({ createdAt: Date.now(), updatedAt: Date.now() }, '\nd"user":{\nd"good":1\n')
  damage(record)
  t.is((await get('/plain')).text, 'hello')
  t.deepEqual(events, [], 'nobody has read it')
  const { status } = await get('/read')
  t.is(status, 500)
  t.deepEqual(
    events.map(([name]: Loose) => name),
    ['corrupt', 'destroyed'],
  )
  t.notRegex(store.inner.get(id)?.data ?? '', /good/)
})

import test from 'ava'
import { beginWith } from '../helpers/begin.ts'
import { type Loose, routes } from '../helpers/paths.ts'
import { linesIn } from '../helpers/records.ts'

const now =
  (ttl: number) =>
  ({ session }: Loose) => {
    session.expireKey('code', ttl)
    return { keys: Object.keys(session) }
  }

const app = routes({
  '/write': ({ session }) => {
    Object.assign(session, { user: 'ann', code: 7 })
    session.expireKey('code', '10m')
  },
  '/zero': now(0),
  '/minus-zero': now(-0),
  '/negative': now(-5),
  '/again': ({ session }) => {
    session.expireKey('code', 0)
    session.code = 8
  },
  '/new': ({ session }) => {
    session.user = 'bob'
    session.code = 9
    session.expireKey('code', -1)
  },
  '/longer': ({ session }) => session.expireKey('code', '1h'),
  '/read': ({ session }) => ({ ...session }),
})

const begin = beginWith(app)

for (const path of ['/zero', '/minus-zero', '/negative']) {
  test(`a key that is to expire by ${path} is gone at once, in this request and in the record`, async (t) => {
    const { browser, store, id } = await begin(t)
    t.deepEqual((await browser.get(path)).body, { keys: ['user'] })
    t.deepEqual(linesIn(store.inner, id), ['d"user":"ann"'])
    t.deepEqual((await browser.get('/read')).body, { user: 'ann' })
  })

  test(`a key that is not there and is to expire by ${path} is no change and begins no session`, async (t) => {
    const { visitor, store } = await begin(t)
    t.deepEqual((await visitor().get(path)).cookies, [])
    t.deepEqual(store.writes, [])
  })
}

test('a key that was set again after it expired at once stays, without the former deadline', async (t) => {
  const { browser, clock } = await begin(t)
  await browser.get('/again')
  clock.advance('11m')
  t.deepEqual((await browser.get('/read')).body, { user: 'ann', code: 8 })
})

test('a key that is new and expires at once is never stored', async (t) => {
  const { visitor, store, events } = await begin(t)
  await visitor().get('/new')
  t.deepEqual(linesIn(store.inner, events.at(-1)![1].id!), ['d"user":"bob"'])
})

test('a deadline can be set anew, longer too', async (t) => {
  const { browser, clock } = await begin(t)
  clock.advance('5m')
  await browser.get('/longer')
  clock.advance('1h')
  t.deepEqual((await browser.get('/read')).body, { user: 'ann', code: 7 })
  clock.advance(1)
  t.deepEqual((await browser.get('/read')).body, { user: 'ann' })
})

import test from 'ava'
import { beginWith } from '../helpers/begin.ts'
import { expiresIn, seconds, routes } from '../helpers/paths.ts'
import { serve } from '../helpers/serve.ts'

const app = routes({
  '/write': ({ session }) => (session.user = 'ann'),
  '/change': ({ session }) => (session.count = (session.count ?? 0) + 1),
  '/read': ({ session }) => ({ ...session, isNew: session.isNew, endReason: String(session.endReason) }),
  '/times': ({ session }) => ({
    created: session.createdAt?.getTime(),
    updated: session.updatedAt?.getTime(),
    expires: session.expiresAt?.getTime(),
  }),
  '/longer': ({ session }) => {
    session.idleTimeout = '3h'
  },
  '/shorter': ({ session }) => {
    session.idleTimeout = '10m'
  },
  '/for-ever': ({ session }) => {
    session.idleTimeout = false
  },
  '/absolute': ({ session }) => {
    session.absoluteTimeout = '4h'
  },
  '/too-long': ({ session }) => {
    session.idleTimeout = '31d'
  },
  '/end-in-an-hour': ({ session }) => {
    session.absoluteTimeout = '1h'
  },
  '/no-end': ({ session }) => {
    session.absoluteTimeout = false
  },
  '/lifetimes': ({ session }) => ({ idle: session.idleTimeout, absolute: session.absoluteTimeout }),
  '/change-id': ({ session }) => session.changeId(),
})

const begin = beginWith(app)

const ALIVE = { user: 'ann', isNew: false, endReason: 'undefined' }
const GONE = { isNew: true, endReason: 'session expired' }

test('no activity extends the absolute deadline', async (t) => {
  const { browser, clock } = await begin(t, { absoluteTimeout: '3h', cookie: { persistent: true } })
  const born = clock()
  clock.advance('100m')
  const answer = await browser.get('/change')
  t.is(expiresIn(answer), seconds(born + 3 * 3_600_000))
  clock.set(born + 3 * 3_600_000)
  t.like((await browser.get('/read')).body, { isNew: false })
  clock.advance(1)
  t.like((await browser.get('/read')).body, GONE)
})

test('an absolute timeout that was made shorter holds for sessions that are stored already', async (t) => {
  const { browser, clock, store, url } = await begin(t)
  t.truthy(url)
  const second = await serve(t, app, { store, absoluteTimeout: '1h', clock })
  const token = /sid=([^;]+)/.exec((await browser.get('/change-id')).cookies[0]!)![1]!
  clock.advance(3_600_001)
  t.like((await second.visitor().get('/read', { Cookie: `sid=${token}` })).body, { isNew: true })
})

test('a session without timeouts never ends', async (t) => {
  const { browser, clock, store } = await begin(t, { idleTimeout: false, absoluteTimeout: false })
  clock.advance('3650d')
  t.deepEqual((await browser.get('/read')).body, ALIVE)
  t.deepEqual(store.writes, [])
})

test('the times are those of creation, last save and end, with the extension of this request', async (t) => {
  const { browser, clock } = await begin(t)
  const created = clock()
  t.deepEqual((await browser.get('/times')).body, { created, updated: created, expires: created + 7_200_000 })
  clock.advance('1h')
  t.deepEqual((await browser.get('/times')).body, { created, updated: created, expires: clock() + 7_200_000 })
  await browser.get('/change')
  t.deepEqual((await browser.get('/times')).body, { created, updated: clock(), expires: clock() + 7_200_000 })
})

test('a session without a stored record has no times', async (t) => {
  t.deepEqual((await (await serve(t, app)).visitor().get('/times')).body, {})
})

test('a longer lifetime of one session is honoured from that request on, in record and cookie', async (t) => {
  const { browser, clock } = await begin(t, { cookie: { persistent: true } })
  t.is(expiresIn(await browser.get('/longer')), seconds(clock() + 3 * 3_600_000))
  clock.advance('3h')
  t.deepEqual((await browser.get('/read')).body, ALIVE)
  clock.advance(3 * 3_600_000 + 1)
  t.deepEqual((await browser.get('/read')).body, GONE)
})

test('a shorter lifetime of one session is honoured from that request on, in record and cookie', async (t) => {
  const { browser, clock } = await begin(t, { cookie: { persistent: true } })
  t.is(expiresIn(await browser.get('/shorter')), seconds(clock() + 600_000))
  clock.advance('10m')
  t.deepEqual((await browser.get('/read')).body, ALIVE)
  clock.advance(600_001)
  t.deepEqual((await browser.get('/read')).body, GONE)
})

test('a session can be without an idle timeout, and ends with its absolute one', async (t) => {
  const { browser, clock } = await begin(t, { absoluteTimeout: '1d' })
  await browser.get('/for-ever')
  clock.advance('1d')
  t.deepEqual((await browser.get('/read')).body, ALIVE)
  clock.advance(1)
  t.deepEqual((await browser.get('/read')).body, GONE)
})

test('a session can have an absolute timeout of its own', async (t) => {
  const { browser, clock } = await begin(t, { absoluteTimeout: '3h' })
  await browser.get('/absolute')
  clock.advance('119m')
  await browser.get('/read')
  clock.advance('119m')
  t.deepEqual((await browser.get('/read')).body, ALIVE)
  clock.advance(120_001)
  t.deepEqual((await browser.get('/read')).body, GONE)
})

test('an idle timeout beyond the absolute one is no error: the earlier deadline counts', async (t) => {
  const { browser, clock } = await begin(t, { cookie: { persistent: true } })
  const born = clock()
  clock.advance('1h')
  const answer = await browser.get('/too-long')
  t.is(answer.status, 200)
  t.is(expiresIn(answer), seconds(born + 30 * 86_400_000))
  clock.set(born + 30 * 86_400_000)
  t.deepEqual((await browser.get('/read')).body, ALIVE)
  clock.advance(1)
  t.deepEqual((await browser.get('/read')).body, GONE)
})

test('an absolute timeout that is set on a session counts from that moment, and no activity moves it', async (t) => {
  const { browser, clock } = await begin(t, { cookie: { persistent: true } })
  clock.advance('30m')
  const answer = await browser.get('/end-in-an-hour')
  const end = clock() + 3_600_000
  t.is(expiresIn(answer), seconds(end))
  clock.advance('59m')
  t.deepEqual((await browser.get('/change')).cookies, [], 'the deadline stays where it is')
  t.is((await browser.get('/change-id')).status, 200)
  clock.set(end)
  t.like((await browser.get('/read')).body, { user: 'ann', isNew: false })
  clock.advance(1)
  t.deepEqual((await browser.get('/read')).body, GONE)
})

test('an absolute timeout that is set again counts from then, longer or shorter or never', async (t) => {
  const { browser, clock } = await begin(t, { absoluteTimeout: '3h', idleTimeout: '3h' })
  await browser.get('/end-in-an-hour')
  clock.advance('30m')
  await browser.get('/end-in-an-hour')
  clock.advance('1h')
  t.deepEqual((await browser.get('/read')).body, ALIVE)
  await browser.get('/no-end')
  for (let hours = 0; hours < 5; hours += 2) {
    clock.advance('2h')
    t.deepEqual((await browser.get('/read')).body, ALIVE)
  }
})

test('the lifetimes of a session are shown as they were set', async (t) => {
  const { browser } = await begin(t)
  t.deepEqual((await browser.get('/lifetimes')).body, { idle: 7_200_000, absolute: 30 * 86_400_000 })
  await browser.get('/longer')
  await browser.get('/end-in-an-hour')
  t.deepEqual((await browser.get('/lifetimes')).body, { idle: 3 * 3_600_000, absolute: 3_600_000 })
  await browser.get('/for-ever')
  await browser.get('/no-end')
  await browser.get('/change-id')
  t.deepEqual((await browser.get('/lifetimes')).body, { idle: false, absolute: false })
})

import test from 'ava'
import { beginWith } from '../helpers/begin.ts'
import { expiresIn, seconds, type Loose, routes, tokenIn } from '../helpers/paths.ts'

const app = routes({
  '/write': ({ session }) => (session.user = 'ann'),
  '/change': ({ session }) => (session.count = (session.count ?? 0) + 1),
  '/read': ({ session }) => ({ ...session, isNew: session.isNew, endReason: String(session.endReason) }),
  '/times': ({ session }) => ({
    created: session.createdAt?.getTime(),
    updated: session.updatedAt?.getTime(),
    expires: session.expiresAt?.getTime(),
  }),
  '/plain': () => 'hello',
})

const begin = beginWith(app)

const ALIVE = { user: 'ann', isNew: false, endReason: 'undefined' }
const GONE = { isNew: true, endReason: 'session expired' }

test('a session is alive at exactly its deadline', async (t) => {
  const { browser, clock } = await begin(t)
  clock.advance('2h')
  t.deepEqual((await browser.get('/read')).body, ALIVE)
})

test('a session is gone a millisecond after its deadline, and says why', async (t) => {
  const { browser, clock, events } = await begin(t)
  clock.advance(7_200_001)
  const { status, body, cookies } = await browser.get('/read')
  t.deepEqual([status, body], [200, GONE])
  t.deepEqual(cookies, [], 'its cookie is not cleared: that could hit one that was just set')
  t.is(events.at(-1)?.[0], 'expired')
})

test('the reason is for one request only', async (t) => {
  const { browser, clock } = await begin(t)
  clock.advance('3h')
  const old = await browser.get('/write')
  t.truthy(tokenIn(old))
  t.deepEqual((await browser.get('/read')).body, ALIVE)
})

test('a session that begins in the place of an expired one has a token of its own', async (t) => {
  const { browser, clock, first } = await begin(t)
  clock.advance('3h')
  t.not(tokenIn(await browser.get('/write')), tokenIn(first))
})

test('use keeps a session alive', async (t) => {
  const { browser, clock } = await begin(t)
  for (let hours = 0; hours < 10; hours += 1) {
    clock.advance('1h')
    t.deepEqual((await browser.get('/read')).body, ALIVE)
  }
})

test('a request that leaves the session alone does not', async (t) => {
  const { browser, clock, store } = await begin(t, { cookie: { persistent: true } })
  clock.advance('110m')
  t.deepEqual((await browser.get('/plain')).cookies, [])
  t.deepEqual(store.writes, [])
  clock.advance('11m')
  t.deepEqual((await browser.get('/read')).body, GONE)
})

test('an unmodified session is extended at most once a minute by default', async (t) => {
  const { browser, clock, store } = await begin(t)
  clock.advance(59_999)
  await browser.get('/read')
  t.deepEqual(store.writes, [])
  clock.advance(1)
  await browser.get('/read')
  t.deepEqual(store.writes, ['touch'])
})

test('an unmodified session is extended only inside of the threshold, record and cookie together', async (t) => {
  const { browser, clock, store } = await begin(t, { expiryThreshold: '30m', cookie: { persistent: true } })
  clock.advance(90 * 60_000 - 1)
  t.deepEqual([(await browser.get('/read')).cookies, store.writes], [[], []])
  clock.advance(1)
  const answer = await browser.get('/read')
  t.deepEqual(store.writes, ['touch'])
  t.is(expiresIn(answer), seconds(clock() + 7_200_000))
})

test('a modified session is extended at once, record and cookie together', async (t) => {
  const { browser, clock, store } = await begin(t, { expiryThreshold: '30m', cookie: { persistent: true } })
  clock.advance('1m')
  const answer = await browser.get('/change')
  t.deepEqual(store.writes, ['set'])
  t.is(expiresIn(answer), seconds(clock() + 7_200_000))
  t.is(
    (await browser.get('/times')).body && ((await browser.get('/times')).body as Loose).expires,
    clock() + 7_200_000,
  )
})

test('a threshold of 0 extends at every use, though not more than once a second', async (t) => {
  const { browser, clock, store } = await begin(t, { expiryThreshold: 0 })
  clock.advance(999)
  await browser.get('/read')
  t.deepEqual(store.writes, [])
  clock.advance(1)
  await browser.get('/read')
  t.deepEqual(store.writes, ['touch'])
})

test('a threshold of 0 with a timeout below ten seconds extends after a tenth of it', async (t) => {
  const { browser, clock, store } = await begin(t, { expiryThreshold: 0, idleTimeout: 1000 })
  clock.advance(99)
  await browser.get('/read')
  t.deepEqual(store.writes, [])
  clock.advance(1)
  await browser.get('/read')
  t.deepEqual(store.writes, ['touch'])
})

test('a cookie that is not persistent is not sent again when the deadline moves', async (t) => {
  const { browser, clock } = await begin(t)
  clock.advance('1h')
  t.deepEqual((await browser.get('/change')).cookies, [])
})

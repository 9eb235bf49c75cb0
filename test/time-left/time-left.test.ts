import test from 'ava'
import { SealedStore } from '../../src/index.ts'
import { timeLeft, type TimeLeftOptions } from '../../src/time-left/index.ts'
import { routes } from '../helpers/paths.ts'
import { serve } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'
import type { ExecutionContext } from 'ava'

const PATH = '/session/time-left'
const handler = routes({
  '/login': (ctx) => void (ctx['session'].user = 'Ann'),
  '/logout': (ctx) => ctx['session'].destroy('logout') as Promise<void>,
  [PATH]: () => 'the handler',
})

function served(t: ExecutionContext, options: object = {}, own?: TimeLeftOptions) {
  return serve(t, handler, {
    idleTimeout: '1h',
    absoluteTimeout: '3h',
    expiryThreshold: 0,
    stages: (defaults) => defaults.after('verifyUserAgent', timeLeft(own)),
    ...options,
  })
}

test('it answers with the seconds left, extends nothing and sets no cookie', async (t) => {
  const store = new WatchedStore()
  const { visitor, clock } = await served(t, { store })
  const browser = visitor()
  await browser.get('/login')
  store.forget()
  clock.advance('20m')
  const answer = await browser.get(PATH)
  t.deepEqual(answer.body, { secondsLeft: 2400, reason: null })
  t.is(answer.headers['cache-control'], 'no-store')
  t.deepEqual(answer.cookies, [])
  t.is(answer.headers['vary'], undefined)
  clock.advance('1m')
  t.deepEqual((await browser.get(PATH)).body, { secondsLeft: 2340, reason: null })
  t.deepEqual(store.calls, ['get', 'get'])
  clock.advance('40m')
  t.deepEqual((await browser.get(PATH)).body, { secondsLeft: 0, reason: 'session expired' })
})

test('the earlier of the two deadlines counts', async (t) => {
  const { visitor, clock } = await served(t, { idleTimeout: '3h' })
  const browser = visitor()
  await browser.get('/login')
  clock.advance('2h')
  await browser.get('/login')
  t.deepEqual((await browser.get(PATH)).body, { secondsLeft: 3600, reason: null })
})

test('without a session nothing is left, and the reason is said if there is any', async (t) => {
  const { visitor } = await served(t)
  const browser = visitor()
  t.deepEqual((await browser.get(PATH)).body, { secondsLeft: 0, reason: null })
  const { cookies } = await browser.get('/login')
  const cookie = cookies[0]!.split(';')[0]!
  await browser.get('/logout')
  t.deepEqual((await visitor().get(PATH, { cookie })).body, { secondsLeft: 0, reason: 'logout' })
  t.deepEqual((await visitor().get(PATH, { cookie: 'sid=garbage' })).body, { secondsLeft: 0, reason: null })
})

test('a session without an end has null', async (t) => {
  const { visitor } = await served(t, {
    idleTimeout: false,
    absoluteTimeout: false,
    expiryThreshold: undefined,
  })
  const browser = visitor()
  await browser.get('/login')
  t.deepEqual((await browser.get(PATH)).body, { secondsLeft: null, reason: null })
})

test('HEAD is answered too; other methods and paths go on to the handler', async (t) => {
  const { url, visitor } = await served(t, {}, { path: '/left' })
  const head = await fetch(`${url}/left`, { method: 'HEAD' })
  t.is(head.status, 200)
  t.is(head.headers.get('cache-control'), 'no-store')
  t.regex(head.headers.get('content-type')!, /json/)
  t.is((await visitor().post(PATH)).text, 'the handler')
  t.is((await visitor().get(PATH)).text, 'the handler')
  t.is((await visitor().get('/left')).text, '{"secondsLeft":0,"reason":null}')
})

test('the bindings of the session hold', async (t) => {
  const { visitor } = await served(t, { verifyUserAgent: { onMismatch: 'refuse' } })
  const browser = visitor()
  const { cookies } = await browser.get('/login', { 'user-agent': 'mine' })
  const cookie = cookies[0]!.split(';')[0]!
  const thief = await visitor().get(PATH, { cookie, 'user-agent': 'thief' })
  t.deepEqual(thief.body, { secondsLeft: 0, reason: 'user agent mismatch' })
})

test('a sealed session is told as any other', async (t) => {
  const { visitor, clock } = await served(t, {
    store: new SealedStore({ keys: ['a secret of at least thirty-two characters'] }) as never,
  })
  const browser = visitor()
  await browser.get('/login')
  clock.advance('30m')
  const { body, cookies } = await browser.get(PATH)
  t.deepEqual(body, { secondsLeft: 1800, reason: null })
  t.deepEqual(cookies, [])
})

for (const [what, options] of Object.entries({
  'no object': null,
  'a path without a slash': { path: 'left' },
  'a path with a query': { path: '/left?now' },
  'a path that is no text': { path: 7 },
  'an unknown option': { paht: '/left' },
}))
  test(`${what} is refused`, (t) => {
    t.throws(() => timeLeft(options as never), { code: 'ERR_SESSION_CONFIG', message: /timeLeft/ })
  })

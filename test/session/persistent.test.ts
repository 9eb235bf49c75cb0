import test from 'ava'
import { beginWith } from '../helpers/begin.ts'
import { expiresIn, type Loose, routes, seconds } from '../helpers/paths.ts'
import { recordIn } from '../helpers/records.ts'
import { serve } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

const app = routes({
  '/write': ({ session }) => void (session.user = 'ann'),
  '/remember': ({ session }) => {
    session.persistent = true
    return { persistent: session.persistent }
  },
  '/forget': ({ session }) => void (session.persistent = false),
  '/login': async (ctx) => {
    await ctx['session'].regenerate()
    ctx['session'].user = 'ann'
    ctx['session'].persistent = true
  },
  '/change': ({ session }) => void (session.count = (session.count ?? 0) + 1),
  '/change-id': ({ session }) => session.changeId(),
  '/regenerate': (ctx) => ctx['session'].regenerate({ keep: true }),
  '/this-time-not': ({ session }) => {
    session.cookieOptions = { persistent: false }
    session.count = 'other'
  },
  '/reload': async ({ session }) => {
    session.persistent = false
    await session.reload()
    return { persistent: session.persistent }
  },
  '/fail': ({ session }) => {
    session.persistent = true
    throw new Error('no')
  },
  '/no-store': ({ session }) => Object.assign(session, { persistent: true, noStore: true }),
  '/late-store': ({ session }) => void Object.assign(session, { persistent: true, lateStore: true }),
  '/read': ({ session }) => ({ ...session, persistent: String(session.persistent) }),
})

const begin = beginWith(app)

const REMEMBER = { cookie: { persistent: true } }

test('a session that is to outlive the browser says so in its cookie, and every later one', async (t) => {
  const { browser, clock, store, id } = await begin(t)
  clock.advance('10m')
  const answer = await browser.get('/remember')
  t.deepEqual(answer.body, { persistent: true })
  t.is(expiresIn(answer), seconds(clock() + 7_200_000))
  t.is(recordIn(store.inner, id).meta.persistent, true)
  clock.advance('10m')
  t.is(expiresIn(await browser.get('/change')), seconds(clock() + 7_200_000), 'a change moves the deadline')
  clock.advance('10m')
  t.is(expiresIn(await browser.get('/read')), seconds(clock() + 7_200_000), 'and so does use')
  t.deepEqual((await browser.get('/read')).body, { user: 'ann', count: 1, persistent: 'true' })
})

test('the cookie of a new session that is to outlive the browser has the deadline at once', async (t) => {
  const { visitor, clock } = await begin(t)
  t.is(expiresIn(await visitor().get('/remember')), seconds(clock() + 7_200_000))
  t.is(expiresIn(await visitor().get('/login')), seconds(clock() + 7_200_000))
})

test('a session that is not to outlive the browser says so though the state does', async (t) => {
  const { browser, clock, store, id } = await begin(t, REMEMBER)
  clock.advance('10m')
  const answer = await browser.get('/forget')
  t.is(answer.cookies.length, 1)
  t.is(expiresIn(answer), undefined)
  t.is(recordIn(store.inner, id).meta.persistent, false)
  clock.advance('10m')
  t.is(expiresIn(await browser.get('/change')), undefined)
  const moved = await browser.get('/change-id')
  t.is(moved.cookies.length, 1)
  t.is(expiresIn(moved), undefined)
})

test('it survives changeId, and ends with regenerate', async (t) => {
  const { browser, clock } = await begin(t)
  await browser.get('/remember')
  clock.advance('10m')
  t.is(expiresIn(await browser.get('/change-id')), seconds(clock() + 7_200_000))
  t.like((await browser.get('/read')).body, { persistent: 'true' })
  const fresh = await browser.get('/regenerate')
  t.is(fresh.cookies.length, 1)
  t.is(expiresIn(fresh), undefined)
  t.like((await browser.get('/read')).body, { persistent: 'undefined', user: 'ann' })
})

for (const [path, options] of [
  ['/remember', {}],
  ['/forget', REMEMBER],
] as const) {
  test(`the client hears of ${path} though the deadline stays where it is`, async (t) => {
    const { browser, clock } = await begin(t, { absoluteTimeout: '1h', idleTimeout: '1h', ...options })
    const born = clock()
    clock.advance('10m')
    const answer = await browser.get(path)
    t.is(answer.cookies.length, 1)
    t.is(expiresIn(answer), path === '/forget' ? undefined : seconds(born + 3_600_000))
    t.deepEqual((await browser.get(path)).cookies, [], 'once')
  })
}

test('the attributes of one request come first', async (t) => {
  const { browser, clock } = await begin(t)
  await browser.get('/remember')
  clock.advance('10m')
  const answer = await browser.get('/this-time-not')
  t.is(answer.cookies.length, 1)
  t.is(expiresIn(answer), undefined)
  clock.advance('10m')
  t.is(expiresIn(await browser.get('/change')), seconds(clock() + 7_200_000))
})

for (const path of ['/fail', '/no-store']) {
  test(`what ${path} does not save is not told to the client either`, async (t) => {
    const { browser, clock, store, id } = await begin(t)
    clock.advance('10m')
    const { cookies } = await browser.get(path)
    t.deepEqual(cookies, [])
    t.is(recordIn(store.inner, id).meta.persistent, undefined)
  })
}

test('with lateStore the cookie says it with the headers', async (t) => {
  const { browser, clock } = await begin(t)
  clock.advance('10m')
  t.is(expiresIn(await browser.get('/late-store')), seconds(clock() + 7_200_000))
  t.like((await browser.get('/read')).body, { persistent: 'true' })
})

test('reload drops what was not saved', async (t) => {
  const { browser } = await begin(t)
  await browser.get('/remember')
  t.deepEqual((await browser.get('/reload')).body, { persistent: true })
})

test('a session that says nothing leaves it to the state', async (t) => {
  const plain = await begin(t)
  t.is(recordIn(plain.store.inner, plain.id).meta.persistent, undefined)
  const remembering = await begin(t, REMEMBER)
  t.is(expiresIn(await remembering.visitor().get('/write')), seconds(remembering.clock() + 7_200_000))
})

test('two sessions of one middleware differ', async (t) => {
  const { visitor, clock } = await begin(t)
  const [ann, bob] = [visitor(), visitor()]
  t.is(expiresIn(await ann.get('/remember')), seconds(clock() + 7_200_000))
  t.is(expiresIn(await bob.get('/write')), undefined)
})

test('setting it begins a session', async (t) => {
  const store = new WatchedStore()
  const { visitor } = await serve(t, ({ session }: Loose) => void (session.persistent = false), { store })
  t.is((await visitor().get('/')).cookies.length, 1)
  t.deepEqual(store.calls, ['set'])
})

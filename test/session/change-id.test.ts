import { createHash } from 'node:crypto'
import test from 'ava'
import { routes, tokenIn } from '../helpers/paths.ts'
import { serve, visitor } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

const idOf = (token: string): string => createHash('sha256').update(token).digest('base64url')

const app = routes({
  '/write': ({ session }) => {
    session.user = 'ann'
    session.code = 1234
    session.idleTimeout = '30m'
    session.expireKey('code', '10m')
    session.flash.notice = 'Saved'
  },
  '/write-plain': ({ session }) => (session.user = 'ann'),
  '/change': async ({ session }) => {
    const before = session.id
    await session.changeId()
    return { before, now: session.id, user: session.user }
  },
  '/change-and-write': async ({ session }) => {
    session.early = 1
    await session.changeId()
    session.late = 2
  },
  '/change-twice': async ({ session }) => {
    await session.changeId()
    await session.changeId()
  },
  '/change-new': async ({ session }) => {
    const before = session.id
    await session.changeId()
    session.user = 'ann'
    return { before, now: session.id }
  },
  '/change-empty': ({ session }) => session.changeId(),
  '/callback': ({ session }) =>
    new Promise((resolve) => session.changeId((error: unknown) => resolve({ error: error ?? 'none' }))),
  '/read': ({ session }) => ({
    ...session,
    idleTimeout: session.idleTimeout,
    created: String(session.createdAt?.getTime()),
    isNew: session.isNew,
    endReason: String(session.endReason),
  }),
  '/flash': ({ session }) => ({ ...session.flash }),
})

test('changeId resolves when the id is the new one, and the client gets its token', async (t) => {
  const browser = (await serve(t, app)).visitor()
  const old = tokenIn(await browser.get('/write'))!
  const answer = await browser.get('/change')
  t.deepEqual(answer.body, { before: idOf(old), now: idOf(tokenIn(answer)!), user: 'ann' })
})

test('changeId keeps data, times, flash, lifetime and the deadlines of keys', async (t) => {
  const { visitor, clock } = await serve(t, app)
  const browser = visitor()
  await browser.get('/write')
  const created = clock()
  clock.advance('9m')
  await browser.get('/change')
  const kept = { user: 'ann', code: 1234, idleTimeout: 1_800_000, created: String(created), isNew: false }
  t.like((await browser.get('/read')).body, kept)
  clock.advance(60_001)
  t.false('code' in ((await browser.get('/read')).body as object), 'its own deadline has passed')
  t.deepEqual((await browser.get('/flash')).body, { notice: 'Saved' })
})

test('changeId keeps the absolute deadline', async (t) => {
  const { visitor, clock } = await serve(t, app, { absoluteTimeout: '3h' })
  const browser = visitor()
  await browser.get('/write-plain')
  clock.advance('100m')
  await browser.get('/change')
  clock.advance('80m')
  t.like((await browser.get('/read')).body, { user: 'ann' })
  clock.advance(1)
  t.like((await browser.get('/read')).body, { isNew: true })
})

test('the old token is dead at once', async (t) => {
  const { visitor: newVisitor, url, clock } = await serve(t, app)
  const browser = newVisitor()
  const old = tokenIn(await browser.get('/write'))!
  await browser.get('/change')
  const thief = await visitor(url).get('/read', { Cookie: `sid=${old}` })
  t.like(thief.body, { isNew: true })
  t.false('user' in (thief.body as object))
  clock.advance('1h')
  t.like((await visitor(url).get('/read', { Cookie: `sid=${old}` })).body, { isNew: true })
})

test('changes before and after changeId are saved under the new id', async (t) => {
  const browser = (await serve(t, app)).visitor()
  await browser.get('/write')
  t.is((await browser.get('/change-and-write')).cookies.length, 1)
  t.like((await browser.get('/read')).body, { user: 'ann', early: 1, late: 2 })
})

test('changing the id twice sends one cookie, the last', async (t) => {
  const browser = (await serve(t, app)).visitor()
  await browser.get('/write')
  t.is((await browser.get('/change-twice')).cookies.length, 1)
  t.like((await browser.get('/read')).body, { user: 'ann', isNew: false })
})

test('changing the id of a new session draws another one', async (t) => {
  const browser = (await serve(t, app)).visitor()
  const answer = await browser.get('/change-new')
  const { before, now } = answer.body as { before: string; now: string }
  t.not(before, now)
  t.is(now, idOf(tokenIn(answer)!))
})

test('changing the id of an empty new session creates nothing', async (t) => {
  const store = new WatchedStore()
  const { visitor } = await serve(t, app, { store })
  t.deepEqual((await visitor().get('/change-empty')).cookies, [])
  t.deepEqual(store.calls, [])
})

test('changeId takes a Node callback', async (t) => {
  const browser = (await serve(t, app)).visitor()
  const old = tokenIn(await browser.get('/write'))
  const answer = await browser.get('/callback')
  t.deepEqual(answer.body, { error: 'none' })
  t.not(tokenIn(answer), old)
})

test('the bindings stay with a session that changes its id', async (t) => {
  const browser = (await serve(t, app, { verifyUserAgent: true })).visitor()
  await browser.get('/write', { 'User-Agent': 'one' })
  await browser.get('/change', { 'User-Agent': 'one' })
  t.like((await browser.get('/read', { 'User-Agent': 'other' })).body, {
    isNew: true,
    endReason: 'user agent mismatch',
  })
})

test('a store that fails leaves the old id alive, and the request fails', async (t) => {
  const store = new WatchedStore()
  const { visitor, errors } = await serve(t, app, { store })
  const browser = visitor()
  await browser.get('/write')
  store.failing.set('set', new Error('down'))
  const answer = await browser.get('/change')
  t.deepEqual([answer.status, answer.cookies], [503, []])
  t.like(errors[0], { code: 'ERR_STORE_UNAVAILABLE' })
  store.failing.clear()
  t.like((await browser.get('/read')).body, { user: 'ann' })
})

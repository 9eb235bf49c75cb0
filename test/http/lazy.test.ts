import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import test from 'ava'
import { type Loose, routes, tokenIn } from '../helpers/paths.ts'
import { serve, visitor } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

const LOOKS: Record<string, (session: Loose) => unknown> = {
  'a key': (session) => String(session.user),
  'all keys': (session) => Object.keys(session),
  'a test for a key': (session) => 'user' in session,
  isNew: (session) => session.isNew,
  'its id': (session) => typeof session.id,
  'its times': (session) => [session.createdAt, session.updatedAt, session.expiresAt].map(String),
  'its lifetimes': (session) => [session.idleTimeout, session.absoluteTimeout],
  'its endReason': (session) => String(session.endReason),
  'its bindings': (session) => [session.boundAddress, session.boundUserAgent].map(String),
  'the flash': (session) => ({ ...session.flash, notice: String(session.flash.notice) }),
  'a test of the flash': (session) => 'notice' in session.flash,
  'keepFlash and clearFlash': (session) => {
    session.keepFlash('notice')
    session.clearFlash()
    return {}
  },
  'an update that changes nothing': (session) => session.update(() => 'seen'),
  'saving nothing': async (session) => {
    await session.save()
    return {}
  },
  'a key that is written and deleted again': (session) => {
    session.user = 'ann'
    delete session.user
    return {}
  },
  'a key that holds undefined': (session) => {
    session.user = undefined
    return {}
  },
  'data replaced by none': (session) => {
    Object.assign(session, {})
    return {}
  },
}

for (const [what, look] of Object.entries(LOOKS)) {
  test(`looking at ${what} creates nothing`, async (t) => {
    const store = new WatchedStore()
    const { visitor, events } = await serve(
      t,
      async (ctx) => (ctx.body = { seen: await look(ctx['session']) }),
      {
        store,
      },
    )
    const { status, cookies, headers } = await visitor().get('/')
    t.is(status, 200)
    t.deepEqual(cookies, [])
    t.deepEqual(store.calls, [])
    t.deepEqual(events, [])
    t.is(headers['cache-control'], undefined)
    t.is(headers['vary'], 'Cookie')
  })
}

test('a request that leaves the session alone costs no store access and no header', async (t) => {
  const store = new WatchedStore()
  const { visitor } = await serve(t, (ctx) => (ctx.body = 'hello'), { store })
  const { headers, cookies } = await visitor().get('/')
  t.deepEqual(
    [headers['vary'], headers['cache-control'], cookies, store.calls],
    [undefined, undefined, [], []],
  )
})

test('a request that leaves its stored session alone costs one read and no header', async (t) => {
  const store = new WatchedStore()
  const app = routes({ '/write': ({ session }) => (session.user = 'ann'), '/plain': () => 'hello' })
  const browser = (await serve(t, app, { store })).visitor()
  await browser.get('/write')
  store.forget()
  const { headers, cookies } = await browser.get('/plain')
  t.deepEqual([headers['vary'], headers['cache-control'], cookies], [undefined, undefined, []])
  t.deepEqual(store.calls, ['get'])
})

const app = routes({
  '/read': ({ session }) => ({
    user: String(session.user),
    isNew: session.isNew,
    endReason: String(session.endReason),
  }),
  '/write': ({ session }) => {
    session.user = 'bob'
    return { endReason: String(session.endReason) }
  },
})

const WELL_FORMED = 'A'.repeat(43)
const GARBAGE: Record<string, string> = {
  garbage: '%%%&&&',
  empty: '',
  truncated: WELL_FORMED.slice(0, 20),
  'too long': `${WELL_FORMED}A`,
  'a path': '../../../etc/passwd',
  'not ASCII': Buffer.from('é'.repeat(43)).toString('latin1'),
  'several dots and equal signs': 'a=b=c.d.e==',
}

for (const [what, value] of Object.entries(GARBAGE)) {
  test(`a cookie that is ${what} is no session, and no question to the store`, async (t) => {
    const store = new WatchedStore()
    const { visitor } = await serve(t, app, { store })
    const { status, body, cookies } = await visitor().get('/read', { Cookie: `sid=${value}` })
    t.is(status, 200)
    t.deepEqual(body, { user: 'undefined', isNew: true, endReason: 'undefined' })
    t.deepEqual([cookies, store.calls], [[], []])
  })
}

test('an unknown token of the right form is no session, says so, and writes nothing', async (t) => {
  const store = new WatchedStore()
  const { visitor } = await serve(t, app, { store })
  const { status, body, cookies } = await visitor().get('/read', { Cookie: `sid=${WELL_FORMED}` })
  t.is(status, 200)
  t.deepEqual(body, { user: 'undefined', isNew: true, endReason: 'session expired' })
  t.deepEqual([cookies, store.calls], [[], ['get']])
})

for (const [what, value] of Object.entries({ unknown: WELL_FORMED, ...GARBAGE })) {
  test(`a session begun with a cookie that is ${what} gets a token of its own`, async (t) => {
    const { visitor } = await serve(t, app)
    const browser = visitor()
    const answer = await browser.get('/write', { Cookie: `sid=${value}` })
    t.is(answer.status, 200)
    t.regex(tokenIn(answer)!, /^[\w-]{43}$/)
    t.not(tokenIn(answer), value)
  })
}

test('a cookie of 100 kB is no session, and no question to the store', async (t) => {
  const store = new WatchedStore()
  const served = await serve(t, app, { store })
  const server = createServer({ maxHeaderSize: 1_000_000 }, served.app.callback()).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  t.teardown(() => server.closeAllConnections())
  t.teardown(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  for (const cookie of [`sid=${'A'.repeat(100_000)}`, `sid=x; ${'sid=y; '.repeat(15_000)}`]) {
    const { status, body, cookies } = await visitor(url).get('/read', { Cookie: cookie })
    t.is(status, 200)
    t.like(body, { user: 'undefined', isNew: true })
    t.deepEqual([cookies, store.calls], [[], []])
  }
})

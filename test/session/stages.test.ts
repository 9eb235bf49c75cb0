import test from 'ava'
import { type Session, stage } from '../../src/index.ts'
import { formatRecord, parseRecord, type SessionRecord } from '../../src/record.ts'
import { endSession, refuseSession } from '../../src/stages.ts'
import { type Loose, routes } from '../helpers/paths.ts'
import { serve } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

/** Options with a stage that does something on the way in, for paths that begin with `/stage`. */
const within = (anchor: string, act: (session: Session, ctx: Loose) => unknown) => ({
  store: new WatchedStore(),
  stages: (defaults: Loose) =>
    defaults.after(
      anchor,
      stage('app:act', async function* (ctx, session) {
        if (ctx.path.startsWith('/stage')) await act(session, ctx)
      }),
    ),
})

const app = routes({
  '/write': ({ session }) => {
    session.user = 'ann'
    session.code = 7
    session.expireKey('code', '10m')
  },
  '/stage': () => 'hello',
  '/stage-read': ({ session }) => ({ ...session }),
  '/read': ({ session }) => ({
    ...session,
    idleTimeout: session.idleTimeout,
    expires: session.expiresAt?.getTime(),
  }),
})

const begin = async (t: Loose, options: ReturnType<typeof within>) => {
  const server = await serve(t, app, options)
  const browser = server.visitor()
  await browser.get('/write')
  options.store.forget()
  return { ...server, browser, store: options.store }
}

test('a stage may set the lifetime of a session that nobody looks at', async (t) => {
  const { browser, store } = await begin(
    t,
    within('persist', (session) => (session.idleTimeout = '30m')),
  )
  await browser.get('/stage')
  t.deepEqual(store.writes, ['set'])
  t.like((await browser.get('/read')).body, { user: 'ann', code: 7, idleTimeout: 1_800_000 })
})

test('a stage may extend a session to a time of its own, though not beyond the absolute deadline', async (t) => {
  let until = 0
  const { browser, clock, store } = await begin(
    t,
    within('persist', (session) => session.extend(until)),
  )
  const born = clock()
  until = born + 10 * 3_600_000
  await browser.get('/stage-read')
  t.deepEqual(store.writes, ['touch'])
  t.like((await browser.get('/read')).body, { expires: until })
  until = born + 100 * 86_400_000
  await browser.get('/stage-read')
  t.like((await browser.get('/read')).body, { expires: born + 30 * 86_400_000 })
})

test('a stage may extend a session that nobody looks at', async (t) => {
  const { browser, clock, store } = await begin(
    t,
    within('persist', (session) => session.extend()),
  )
  clock.advance('10s')
  await browser.get('/stage')
  t.deepEqual(store.writes, ['touch'])
})

test('a stage may extend a session by a Date', async (t) => {
  const { browser, clock } = await begin(
    t,
    within('persist', (session) => session.extend(new Date(session.now + 5 * 3_600_000))),
  )
  await browser.get('/stage-read')
  t.like((await browser.get('/read')).body, { expires: clock() + 5 * 3_600_000 })
})

test('a key past its deadline disappears for a stage that looked before', async (t) => {
  const seen: unknown[] = []
  const { browser, clock, store } = await begin(
    t,
    within('persist', (session) => seen.push(Object.keys(session.data))),
  )
  clock.advance(600_001)
  t.deepEqual((await browser.get('/stage-read')).body, { user: 'ann' })
  t.is(seen.length, 1)
  t.deepEqual(store.writes, ['touch'], 'that is no change')
})

test('a key with a deadline to come stays for a stage that looked before', async (t) => {
  const { browser, clock } = await begin(
    t,
    within('persist', (session) => Object.keys(session.data)),
  )
  clock.advance('10m')
  t.deepEqual((await browser.get('/stage-read')).body, { user: 'ann', code: 7 })
})

test('a session without such deadlines is the same for a stage that looked before', async (t) => {
  const options = within('persist', (session) => Object.keys(session.data))
  const handler = routes({
    '/write': ({ session }) => (session.user = 'ann'),
    '/stage-read': ({ session }) => ({ ...session }),
  })
  const browser = (await serve(t, handler, options)).visitor()
  await browser.get('/write')
  t.deepEqual((await browser.get('/stage-read')).body, { user: 'ann' })
  t.deepEqual(options.store.writes, ['set'])
})

test('a stage may end the session', async (t) => {
  const { browser, events } = await begin(
    t,
    within('persist', (session) => endSession(session, 'closed')),
  )
  t.deepEqual((await browser.get('/stage-read')).body, {})
  t.like(events.at(-1), ['destroyed', { reason: 'closed' }])
})

test('a stage may refuse the session to one request, and nothing is touched', async (t) => {
  const { browser, events, store } = await begin(
    t,
    within('persist', (session) => refuseSession(session, 'not here')),
  )
  const { length } = events
  t.deepEqual((await browser.get('/stage-read')).body, {})
  t.deepEqual(store.writes, [])
  t.is(events.length, length)
  t.like((await browser.get('/read')).body, { user: 'ann' })
})

test('the messages that wait are copied to the state by an option, also with a hostile key', async (t) => {
  const store = new WatchedStore()
  const handler = routes({
    '/write': ({ session }) => {
      session.flash.notice = 'Saved'
      return session.id
    },
    '/': (ctx) => ({ ...ctx.state }),
  })
  const browser = (await serve(t, handler, { flashToState: true, store })).visitor()
  const id = (await browser.get('/write')).text
  const stored = store.inner.get(id)!
  const { meta, lines } = parseRecord(id, stored) as SessionRecord
  const hostile = formatRecord(meta, `${lines}f"__proto__":1 {"admin":true}\n`)
  store.inner.set(id, hostile, stored.expiresAt, 'present')
  t.deepEqual((await browser.get('/')).body, { notice: 'Saved' })
  t.deepEqual((await browser.get('/')).body, {})
})

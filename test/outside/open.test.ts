import { once } from 'node:events'
import test from 'ava'
import type { Context } from 'koa'
import { stage, stop } from '../../src/index.ts'
import { pause } from '../helpers/pause.ts'
import { WatchedStore } from '../helpers/watched-store.ts'
import { login, sockets } from './sockets.ts'

test('a WebSocket opens the session of its cookie, reads and saves, and no cookie is set', async (t) => {
  const server = await sockets(t, async (session, text) => {
    session['said'] = [...((session['said'] as string[] | undefined) ?? []), text]
    await session.save()
    return { user: session['user'], keys: Object.keys(session), id: session.id }
  })
  const { cookie, id, browser } = await login(server)
  const { ask, headers } = await server.connect({ cookie })
  t.deepEqual(await ask('one'), { user: 'Ann', keys: ['user', 'said'], id })
  await ask('two')
  t.deepEqual((await browser.get('/data')).body, { user: 'Ann', said: ['one', 'two'] })
  t.is(headers['set-cookie'], undefined)
  t.deepEqual(server.errors, [])
})

test('without a live session a WebSocket gets none, whatever its cookie', async (t) => {
  const server = await sockets(t)
  const { cookie, browser } = await login(server)
  await browser.get('/logout')
  for (const shown of [cookie, 'sid=garbage', `sid=${'x'.repeat(43)}`, 'sid=', ''])
    t.is((await server.connect({ cookie: shown })).refused, 401, shown)
  t.deepEqual(server.errors, [])
})

test('a job opens a session by the id that it kept', async (t) => {
  const server = await sockets(t)
  const { id, browser } = await login(server)
  const session = (await server.sessions.open({ id }))!
  t.is(session['user'], 'Ann')
  t.is(session.id, id)
  session['report'] = 'ready'
  session.flash = { notice: 'Your report is ready.' }
  await session.save()
  session.close()
  t.deepEqual((await browser.get('/data')).body, {
    user: 'Ann',
    report: 'ready',
    flash: 'Your report is ready.',
  })
  t.deepEqual(server.errors, [])
})

test('an id of no session opens none; a token is no id', async (t) => {
  const server = await sockets(t)
  const { cookie } = await login(server)
  t.is(await server.sessions.open({ id: cookie.slice(4) }), undefined)
  t.is(await server.sessions.open({ id: 'x'.repeat(43) }), undefined)
})

test('parallel changes merge, and updates are exact', async (t) => {
  const server = await sockets(t)
  const { id, browser } = await login(server)
  const session = (await server.sessions.open({ id }))!
  session['mine'] = 1
  await browser.get('/write?key=theirs&value=2')
  await session.save()
  t.is(session['theirs'], '2')
  const count = (data: Record<string, unknown>) => void (data['n'] = Number(data['n'] ?? 0) + 1)
  const other = (await server.sessions.open({ id }))!
  await Promise.all(Array.from({ length: 50 }, (_, n) => (n % 2 ? session : other).update(count)))
  await Promise.all([session.reload(), other.reload()])
  t.is(session['n'], 50)
  t.is(other['n'], 50)
  t.like((await browser.get('/data')).body, { mine: 1, theirs: '2', n: 50 })
})

test('under lock no lock is held between verbs, and each of them waits for its turn', async (t) => {
  const server = await sockets(t, undefined, { concurrency: 'lock' })
  const { id, browser } = await login(server)
  const session = (await server.sessions.open({ id }))!
  t.is((await browser.get('/write?key=theirs&value=2')).status, 200)
  session['mine'] = 1
  await session.save()
  await session.update((data) => void (data['more'] = 3))
  t.like((await browser.get('/data')).body, { mine: 1, theirs: '2', more: 3 })
  session.close()
  t.deepEqual(server.errors, [])
})

test('under lock the list of stages is made once, and a session is opened by the stages that requests run', async (t) => {
  let made = 0
  const persists: unknown[] = []
  const server = await sockets(t, undefined, {
    concurrency: 'lock',
    stages: (defaults) => {
      made += 1
      persists.push(defaults.get('persist'))
      return defaults
    },
  })
  const { id } = await login(server)
  const session = (await server.sessions.open({ id }))!
  session.close()
  t.is(made, 1)
  t.is(server.sessions.stages.get('persist'), persists[0] as never)
})

test('under lock a slow request holds up what an open session saves, and not its opening', async (t) => {
  const { here, reached, go } = pause()
  const slow = async (ctx: Context): Promise<void> => {
    await here()
    ctx['session'].slow = 1
  }
  const server = await sockets(t, undefined, { concurrency: 'lock' }, {}, { '/slow': slow })
  const { id, browser } = await login(server)
  const asked = browser.get('/slow')
  await reached
  const session = (await server.sessions.open({ id }))!
  session['mine'] = 1
  let saved = false
  const saving = session.save().then(() => (saved = true))
  await new Promise(setImmediate)
  t.false(saved)
  go()
  t.is((await asked).status, 200)
  await saving
  t.like((await browser.get('/data')).body, { slow: 1, mine: 1 })
})

test('the client cannot be told a new token', async (t) => {
  const server = await sockets(t)
  const { id, browser } = await login(server)
  const session = (await server.sessions.open({ id }))!
  await t.throwsAsync(session.changeId(), { code: 'ERR_HEADERS_SENT' })
  await t.throwsAsync(session.regenerate(), { code: 'ERR_HEADERS_SENT' })
  session['still'] = 'here'
  await session.save()
  t.like((await browser.get('/data')).body, { still: 'here' })
})

test('what ended meanwhile is not revived', async (t) => {
  const server = await sockets(t)
  const { id, browser } = await login(server)
  const session = (await server.sessions.open({ id }))!
  session['late'] = 1
  await browser.get('/logout')
  await t.throwsAsync(session.save(), { code: 'ERR_SESSION_CONFLICT' })
  t.is(await server.sessions.open({ id }), undefined)
})

test('the bindings of the session hold for an upgrade, and a job has no client to compare', async (t) => {
  const server = await sockets(t, undefined, { verifyUserAgent: true, verifyAddress: true })
  const browser = server.visitor()
  const answer = await browser.get('/login', { 'user-agent': 'mine' })
  const cookie = answer.cookies[0]!.split(';')[0]!
  t.is((await server.connect({ cookie, 'user-agent': 'mine' })).refused, undefined)
  const job = (await server.sessions.open({ id: answer.text }))!
  t.is(job['user'], 'Ann')
  t.is((await server.connect({ cookie, 'user-agent': 'thief' })).refused, 401)
  t.true(job.signal.aborted)
  t.is(job.endReason, 'user agent mismatch')
  t.is(await server.sessions.open({ id: answer.text }), undefined)
})

test('an upgrade is a use that extends the session, letting go is none, and touch extends it', async (t) => {
  const server = await sockets(t, undefined, { idleTimeout: '1h', expiryThreshold: '30m' })
  const { id, cookie } = await login(server)
  const left = async () => {
    const session = (await server.sessions.open({ id }))!
    session.close()
    return session.expiresAt!.getTime() - server.clock()
  }
  server.clock.advance('40m')
  t.is(await left(), 20 * 60_000)
  const { socket } = await server.connect({ cookie })
  t.is(await left(), 60 * 60_000)
  server.clock.advance('40m')
  socket.close()
  await once(socket, 'close')
  t.is(await left(), 20 * 60_000)
  const session = (await server.sessions.open({ id }))!
  await session.touch()
  session.close()
  t.is(await left(), 60 * 60_000)
})

test('the stages of the application run, in before it opens and out when it is let go', async (t) => {
  const seen: string[] = []
  const audit = stage('audit', function* (ctx, session) {
    seen.push(`in ${ctx.path} ${String(session.data['user'])}`)
    yield
    seen.push('out')
  })
  const server = await sockets(t, undefined, {
    stages: (defaults) => defaults.append(audit),
  })
  const { cookie } = await login(server)
  seen.length = 0
  const { socket } = await server.connect({ cookie }, '/chat')
  t.deepEqual(seen, ['in /chat Ann'])
  socket.close()
  await once(socket, 'close')
  await new Promise(setImmediate)
  t.deepEqual(seen, ['in /chat Ann', 'out'])
})

test('a request that the option skip leaves out has no session', async (t) => {
  const server = await sockets(t, undefined, { skip: (ctx: { path: string }) => ctx.path === '/skipped' })
  const { cookie } = await login(server)
  t.is((await server.connect({ cookie }, '/skipped')).refused, 401)
  t.is((await server.connect({ cookie })).refused, undefined)
})

test('a stage that stops the way in gives no session, and one that throws fails the opening', async (t) => {
  const seen: string[] = []
  const outer = stage('outer', function* () {
    try {
      yield
    } finally {
      seen.push('out')
    }
  })
  const guard = stage('guard', function* (ctx) {
    if (ctx.path === '/stopped') return stop
    if (ctx.path === '/thrown') ctx.throw(403)
    return undefined
  })
  const server = await sockets(t, undefined, { stages: (defaults) => defaults.append(outer).append(guard) })
  const { id, cookie } = await login(server)
  seen.length = 0
  t.is((await server.connect({ cookie }, '/stopped')).refused, 401)
  t.deepEqual(seen, ['out'])
  t.is((await server.connect({ cookie }, '/thrown')).refused, 500)
  t.deepEqual(seen, ['out', 'out'])
  t.truthy(await server.sessions.open({ id }))
})

test('a store that is down fails the opening, or gives no session where the option says so', async (t) => {
  for (const onStoreError of ['throw', 'anonymous'] as const) {
    const store = new WatchedStore()
    const server = await sockets(t, undefined, { store, onStoreError })
    const { id, cookie } = await login(server)
    store.failing.set('get', new Error('down'))
    const asked = server.sessions.open({ id })
    if (onStoreError === 'throw') await t.throwsAsync(asked, { code: 'ERR_STORE_UNAVAILABLE' })
    else t.is(await asked, undefined)
    t.is((await server.connect({ cookie })).refused, onStoreError === 'throw' ? 500 : 401)
    store.failing.clear()
    t.truthy(await server.sessions.open({ id }))
  }
})

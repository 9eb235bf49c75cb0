import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'
import Koa from 'koa'
import { MemoryStore, session } from '../../src/index.ts'
import { newFolder, openStore } from '../helpers/file-folder.ts'
import { WatchedStore } from '../helpers/watched-store.ts'
import { fired, login, sockets } from './sockets.ts'

test('a socket is closed as soon as a request of this process logs out', async (t) => {
  const server = await sockets(t)
  const { cookie, browser } = await login(server)
  const { socket } = await server.connect({ cookie })
  const closed = once(socket, 'close')
  await browser.get('/logout')
  const session = server.opened[0]!
  t.true(session.signal.aborted)
  t.like(session.signal.reason, { code: 'ERR_SESSION_ENDED' })
  t.is(session.endReason, 'logout')
  const [code, reason] = (await closed) as [number, Buffer]
  t.is(code, 4401)
  t.is(String(reason), 'logout')
})

test('a new id ends what was opened under the old one', async (t) => {
  const server = await sockets(t)
  for (const path of ['/change-id', '/login']) {
    const { id, browser } = await login(server)
    const session = (await server.sessions.open({ id }))!
    await browser.get(path)
    t.true(session.signal.aborted, path)
  }
})

test('its own destroy ends it, and every other one of its session', async (t) => {
  const server = await sockets(t)
  const { id, browser } = await login(server)
  const [one, other] = [(await server.sessions.open({ id }))!, (await server.sessions.open({ id }))!]
  await one.destroy('enough')
  t.true(one.signal.aborted)
  t.true(other.signal.aborted)
  t.is(other.endReason, 'enough')
  t.is(one['user'], 'Ann')
  t.throws(() => (one['user'] = 'Bob'), { code: 'ERR_SESSION_UNAVAILABLE' })
  t.is((await browser.get('/data')).text, '{}')
})

test('it ends at its deadline, read again by the clock', async (t) => {
  const server = await sockets(t, undefined, { idleTimeout: '1h' }, { recheck: 10 })
  const { cookie } = await login(server)
  await server.connect({ cookie })
  const session = server.opened[0]!
  server.clock.advance('59m')
  await session.reload()
  t.false(session.signal.aborted)
  server.clock.advance('2m')
  await fired(session)
  t.is(session.endReason, 'session expired')
})

test('reload looks at once', async (t) => {
  const server = await sockets(t)
  const { id } = await login(server)
  const session = (await server.sessions.open({ id }))!
  server.clock.advance('3h')
  await session.reload()
  t.true(session.signal.aborted)
})

test('what extends the session elsewhere keeps it open', async (t) => {
  const server = await sockets(t, undefined, { idleTimeout: '1h' }, { recheck: 10 })
  const { cookie, browser } = await login(server)
  await server.connect({ cookie })
  const session = server.opened[0]!
  server.clock.advance('50m')
  await browser.get('/touch')
  server.clock.advance('20m')
  await browser.get('/write?key=a&value=1')
  await session.update((data) => void (data['b'] = 2))
  t.false(session.signal.aborted)
  t.is(session['a'], '1')
})

test('what another application has done to the store is noticed within recheck', async (t) => {
  const store = new MemoryStore()
  const server = await sockets(t, undefined, { store })
  const { id } = await login(server)
  const session_ = (await server.sessions.open({ id }, { recheck: 10 }))!
  const elsewhere = session(new Koa(), { store })
  const there = (await elsewhere.open({ id }))!
  await there.destroy('log out everywhere')
  await fired(session_)
  t.is(session_.endReason, 'log out everywhere')
})

test('a record that the store has lost ends it', async (t) => {
  const store = new MemoryStore()
  const server = await sockets(t, undefined, { store })
  const { id } = await login(server)
  const session_ = (await server.sessions.open({ id }, { recheck: 10 }))!
  store.delete(id)
  await fired(session_)
  t.true(session_.signal.aborted)
})

test('a store that is down ends nothing, says so, and is asked again', async (t) => {
  const store = new WatchedStore()
  const server = await sockets(t, undefined, { store })
  const { id, browser } = await login(server)
  const opened = (await server.sessions.open({ id }, { recheck: 10 }))!
  const down = new Promise((resolve) => server.app.once('error', resolve))
  store.failing.set('get', new Error('down'))
  t.like(await down, { code: 'ERR_STORE_UNAVAILABLE' })
  t.false(opened.signal.aborted)
  store.failing.clear()
  await browser.get('/data')
  store.inner.delete(id)
  await fired(opened)
  t.true(opened.signal.aborted)
})

test('a store that has not answered one verb in time is asked again by the next', async (t) => {
  const store = new WatchedStore()
  const server = await sockets(t, undefined, { store, storeTimeout: 20 })
  const { id, browser } = await login(server)
  const opened = (await server.sessions.open({ id }))!
  store.waiting.set('set', () => new Promise(() => undefined))
  opened['a'] = 1
  await t.throwsAsync(opened.save(), { code: 'ERR_STORE_UNAVAILABLE' })
  store.waiting.clear()
  await opened.save()
  t.like((await browser.get('/data')).body, { a: 1 })
})

test('what was let go watches nothing, and its unsaved changes are said to be lost', async (t) => {
  const store = new WatchedStore()
  const server = await sockets(t, undefined, { store })
  const { id, browser } = await login(server)
  const opened = (await server.sessions.open({ id }, { recheck: 5 }))!
  const saved = (await server.sessions.open({ id }, { recheck: 5 }))!
  opened['unsaved'] = 1
  opened.close()
  saved[Symbol.dispose]()
  opened.close()
  store.forget()
  await new Promise((resolve) => setTimeout(resolve, 30))
  t.deepEqual(store.calls, [])
  await browser.get('/logout')
  t.false(opened.signal.aborted)
  t.is(opened['user'], 'Ann')
  t.throws(() => (opened['user'] = 'Bob'), { code: 'ERR_SESSION_LATE_WRITE' })
  t.is(server.errors.length, 1)
  t.like(server.errors[0], { code: 'ERR_SESSION_LATE_WRITE' })
})

test('the members of an opened session go before data of their names', async (t) => {
  const server = await sockets(t)
  const { id, browser } = await login(server)
  await browser.get('/write?key=signal&value=1')
  await browser.get('/write?key=close&value=2')
  const opened = (await server.sessions.open({ id }))!
  t.false(opened.signal.aborted)
  t.deepEqual(Object.keys(opened), ['user'])
  t.deepEqual(JSON.parse(JSON.stringify(opened)), { user: 'Ann' })
  t.throws(() => Object.assign(opened, { signal: 2 }), { instanceOf: TypeError })
  t.throws(() => Reflect.deleteProperty(opened, 'close'), { instanceOf: TypeError })
  t.true('close' in opened)
  await opened.update((data) => t.is(data['signal'], '1'))
  opened['user'] = 'Bob'
  delete opened['user']
  t.false('user' in opened)
})

const WORKER = fileURLToPath(new URL('./open-worker.js', import.meta.url))
const work = (...given: string[]) =>
  promisify(execFile)(process.execPath, [WORKER, ...given], { timeout: 60_000 })

test('an open session that nobody lets go keeps no process alive', async (t) => {
  const { stdout } = await work(newFolder(t))
  t.is(stdout, 'Ann\n')
})

test('a session that another process has ended is noticed within recheck', async (t) => {
  const dir = newFolder(t)
  const server = await sockets(t, undefined, { store: openStore(t, dir) }, { recheck: 10 })
  const { cookie, id } = await login(server)
  const { socket } = await server.connect({ cookie })
  const closed = once(socket, 'close')
  await work(dir, id)
  t.is(String((await closed)[1]), 'ended elsewhere')
})

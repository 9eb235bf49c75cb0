import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import '../servers/sqlite.ts'
import test from 'ava'
import { storeConformance } from 'koa-session-pipeline/testing'
import request from 'superagent'
import { readPage } from './pages.ts'

process.env['PORT'] = '0'
const folder = mkdtempSync(join(tmpdir(), 'examples-'))
process.env['SESSION_DIR'] = join(folder, 'lmdb')
const counter = await import('../../docs/examples/counter.js')
const login = await import('../../docs/examples/login-logout.js')
const audit = await import('../../docs/examples/audit-stage.js')
const custom = await import('../../docs/examples/custom-store.js')
const header = await import('../../docs/examples/header-api.js')
const two = await import('../../docs/examples/two-sessions.js')
const sql = await import('../../docs/examples/sql-store.js')
const lmdb = await import('../../docs/examples/lmdb-store.js')
const devices = await import('../../docs/examples/devices.js')
const stepUp = await import('../../docs/examples/step-up.js')

const examples = [counter, login, audit, custom, header, two, sql, lmdb, devices, stepUp]
/** Those that need a server have tests of their own. */
const elsewhere = ['fleet-redis.ts']
const SOURCES = new URL('../../../docs/examples/', import.meta.url)

// Koa prints errors of the server unless somebody listens; the one that is asked for belongs to its test.
audit.app.silent = true

test.after.always(() => {
  for (const { server } of examples) {
    server.closeAllConnections()
    server.close()
  }
  rmSync(folder, { recursive: true })
})

const url = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

/** A browser that keeps its cookies; `at` is for what it asks. */
function browser(server: Server): {
  get: typeof request.get
  post: typeof request.post
  delete: typeof request.delete
} {
  const agent = request.agent()
  const at = (method: 'get' | 'post' | 'delete') => (path: string) =>
    agent[method](url(server) + path)
      .ok(() => true)
      .redirects(0)
  return { get: at('get'), post: at('post'), delete: at('delete') } as never
}

test('there is a test for each example, and none is longer than 40 lines', (t) => {
  const names = readdirSync(SOURCES)
  t.is(names.length, examples.length + elsewhere.length)
  for (const name of names) {
    const source = readFileSync(new URL(name, SOURCES), 'utf8')
    t.true(source.trimEnd().split('\n').length <= 40, name)
    t.regex(source, /from 'koa-session-pipeline'/, name)
  }
})

test('counter.ts counts', async (t) => {
  const visitor = browser(counter.server)
  await visitor.get('/')
  t.is((await visitor.get('/')).text, '2 views')
})

test('login-logout.ts keeps the cart at login under a new token, and says good-bye once', async (t) => {
  const visitor = browser(login.server)
  const before = (await visitor.post('/cart')).headers['set-cookie']
  t.is((await visitor.post('/login').send({ user: 'Ann', password: 'wrong' })).status, 401)
  const after = (await visitor.post('/login').send({ user: 'Ann', password: 'open sesame' })).headers[
    'set-cookie'
  ]
  t.truthy(before)
  t.truthy(after)
  t.notDeepEqual(after, before)
  t.deepEqual((await visitor.get('/')).body, { user: 'Ann', cart: ['tea'], notice: null })
  await visitor.post('/logout')
  t.deepEqual((await visitor.get('/')).body, { user: null, cart: [], notice: 'Good-bye.' })
  t.deepEqual((await visitor.get('/')).body, { user: null, cart: [], notice: null })
})

test('audit-stage.ts logs each request with its session', async (t) => {
  const visitor = browser(audit.server)
  for (const path of ['/a', '/fail', '/end']) await visitor.get(path)
  t.like(audit.log, {
    length: 3,
    0: { path: '/a', status: 204 },
    1: { path: '/fail', status: 'failed' },
    2: { path: '/end', status: 204, session: undefined, ended: 'asked for' },
  })
  const [first, second] = audit.log as { session: string }[]
  t.regex(first!.session, /^[\w-]{43}$/)
  t.is(second!.session, first!.session)
})

test('custom-store.ts counts', async (t) => {
  const visitor = browser(custom.server)
  await visitor.get('/')
  t.is((await visitor.get('/')).text, '2 views')
})

for (const { name, skip, run } of await storeConformance({ create: () => new custom.MapStore() })) {
  if (skip === undefined) {
    test(`the store of custom-store.ts: ${name}`, async (t) => {
      await run()
      t.pass()
    })
  }
}

test('the page on writing a store shows the store of custom-store.ts, in 30 lines', (t) => {
  const source = readFileSync(new URL('custom-store.ts', SOURCES), 'utf8')
  const store = /^export class MapStore.*?^\}$/ms.exec(source)![0]
  t.is(store.split('\n').length, 30)
  t.true(readPage('docs/writing-a-store.md').text.includes(store))
})

test('header-api.ts gives a token, knows it again and drops it', async (t) => {
  const first = await request.get(url(header.server))
  const token = first.headers['x-session-token']
  const second = await request.get(url(header.server)).set('X-Session-Token', token!)
  t.like(second.body, { calls: 2, id: (first.body as { id: string }).id })
  const end = await request.delete(url(header.server)).set('X-Session-Token', token!)
  t.is(end.headers['x-session-token'], '')
  t.like((await request.get(url(header.server)).set('X-Session-Token', token!)).body, { calls: 1 })
})

test('two-sessions.ts keeps the two apart', async (t) => {
  const visitor = browser(two.server)
  await visitor.get('/')
  await visitor.get('/admin')
  t.deepEqual((await visitor.get('/admin')).body, { views: 1, actions: 2 })
  t.deepEqual((await visitor.get('/')).body, { views: 2, actions: 0 })
})

test('sql-store.ts counts', async (t) => {
  const visitor = browser(sql.server)
  await visitor.get('/')
  t.is((await visitor.get('/')).text, '2 views')
})

test('lmdb-store.ts counts', async (t) => {
  const visitor = browser(lmdb.server)
  await visitor.get('/')
  t.is((await visitor.get('/')).text, '2 views, for every process of this machine')
})

test('devices.ts lists devices, ends one, and ends all others', async (t) => {
  const [phone, desk, tablet] = [browser(devices.server), browser(devices.server), browser(devices.server)]
  for (const device of [phone, desk, tablet]) await device.post('/login').send({ user: 'ann' })
  const listed = (await desk.get('/devices')).body as { id: string; current: boolean }[]
  t.is(listed.length, 3)
  t.is(listed.filter(({ current }) => current).length, 1)
  const phoneId = ((await phone.get('/devices')).body as typeof listed).find(({ current }) => current)!.id
  t.is((await desk.delete(`/devices/${phoneId}`)).status, 204)
  t.like(await phone.get('/devices'), { status: 401, text: 'ended by its owner' })
  const bob = browser(devices.server)
  await bob.post('/login').send({ user: 'bob' })
  const own = listed.find(({ current }) => current)!.id
  t.is((await bob.delete(`/devices/${own}`)).status, 404)
  t.is((await desk.delete('/devices')).status, 204)
  t.like(await tablet.get('/devices'), { status: 401, text: 'logged out everywhere' })
  t.is(((await desk.get('/devices')).body as typeof listed).length, 1)
})

test('step-up.ts asks for the password again, before what is dangerous', async (t) => {
  const visitor = browser(stepUp.server)
  await visitor.post('/login').send({ user: 'ann' })
  t.is((await visitor.delete('/account')).status, 403)
  t.is((await visitor.post('/sudo').send({ password: 'wrong' })).status, 403)
  t.truthy((await visitor.post('/sudo').send({ password: 'open sesame' })).headers['set-cookie'])
  t.is((await visitor.delete('/account')).text, 'ann is gone')
})

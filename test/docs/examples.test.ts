import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import '../servers/sqlite.ts'
import test from 'ava'
import { storeConformance } from 'koa-session-pipeline/testing'
import request from 'superagent'
import { WebSocket } from 'ws'
import { readPage } from './pages.ts'

process.env['PORT'] = '0'
const folder = mkdtempSync(join(tmpdir(), 'examples-'))
process.env['SESSION_DIR'] = join(folder, 'files')
const counter = await import('../../docs/examples/counter.js')
const login = await import('../../docs/examples/login-logout.js')
const audit = await import('../../docs/examples/audit-stage.js')
const custom = await import('../../docs/examples/custom-store.js')
const header = await import('../../docs/examples/header-api.js')
const two = await import('../../docs/examples/two-sessions.js')
const sql = await import('../../docs/examples/sql-store.js')
const websocket = await import('../../docs/examples/websocket.js')
const remember = await import('../../docs/examples/remember-me.js')
const sealed = await import('../../docs/examples/sealed-cookie.js')
const lock = await import('../../docs/examples/route-lock.js')
const messages = await import('../../docs/examples/status-messages.js')
process.env['SESSION_DIR'] = join(folder, 'lmdb')
const lmdb = await import('../../docs/examples/lmdb-store.js')
const devices = await import('../../docs/examples/devices.js')
const stepUp = await import('../../docs/examples/step-up.js')

const examples = [
  counter,
  login,
  audit,
  custom,
  header,
  two,
  sql,
  lmdb,
  remember,
  sealed,
  lock,
  messages,
  devices,
  stepUp,
  websocket,
]
/** Those that need a server have tests of their own. */
const elsewhere = ['fleet-redis.ts', 'two-processes.ts']
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

test('remember-me.ts keeps the cookie of a visitor who asks for it, and of nobody else', async (t) => {
  const [cautious, trusting] = [browser(remember.server), browser(remember.server)]
  const short = (await cautious.post('/login').send({ user: 'Ann' })).headers['set-cookie'] as unknown
  const long = (await trusting.post('/login').send({ user: 'Bob', remember: 'on' })).headers['set-cookie']
  t.notRegex(String(short), /max-age/i)
  t.regex(String(long), /max-age=1209600/i)
  const { body } = await trusting.get('/')
  t.like(body, { user: 'Bob', remembered: true })
  const left = new Date((body as { expiresAt: string }).expiresAt).getTime() - Date.now()
  t.true(left > 13 * 86_400_000 && left <= 14 * 86_400_000)
  await trusting.post('/logout')
  t.like((await trusting.get('/')).body, { user: null, remembered: false })
})

test('sealed-cookie.ts keeps items in the cookie, where nobody can read them', async (t) => {
  const visitor = browser(sealed.server)
  const answer = await visitor.get('/?item=tea')
  const [, token] = /^sid=([^;]+)/.exec(String(answer.headers['set-cookie']))!
  t.false(Buffer.from(token!, 'base64url').includes('tea'))
  await visitor.get('/?item=cake')
  t.deepEqual((await visitor.get('/')).body, { items: ['tea', 'cake'] })
})

test('route-lock.ts sells a cart once, however often the button is clicked', async (t) => {
  const visitor = browser(lock.server)
  await visitor.post('/cart')
  const answers = await Promise.all([1, 2, 3].map(() => visitor.post('/checkout')))
  t.deepEqual(answers.map(({ status }) => String(status)).toSorted(), ['200', '409', '409'])
  t.deepEqual((await visitor.get('/orders')).body, { orders: [['tea']] })
})

test('status-messages.ts shows each tab its own message, once', async (t) => {
  const visitor = browser(messages.server)
  const saved = (await visitor.post('/').send({ note: 'tea' })).headers['location']!
  const refused = (await visitor.post('/').send({})).headers['location']!
  t.like((await visitor.get('/')).body, { status: null, error: null })
  t.like((await visitor.get(refused)).body, { status: null, error: 'Nothing to save.' })
  t.like((await visitor.get(saved)).body, { notes: ['tea'], status: 'Saved: tea', error: null })
  t.like((await visitor.get(saved)).body, { status: null })
})

test('two-processes.ts counts exactly in two processes', async (t) => {
  const env = { ...process.env, PORT: '0', SESSION_DIR: join(folder, 'shared') }
  const program = fileURLToPath(new URL('../../docs/examples/two-processes.js', import.meta.url))
  const processes = [1, 2].map(() => fork(program, { env }))
  t.teardown(() => processes.forEach((child) => child.kill()))
  const addresses = await Promise.all(processes.map(async (child) => (await once(child, 'message'))[0]))
  const urls = addresses.map(({ port }: AddressInfo) => `http://127.0.0.1:${port}/`)
  const first = await request.get(urls[0]!)
  const cookie = String(first.headers['set-cookie']).split(';')[0]!
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => request.get(urls[n % 2]!).set('Cookie', cookie)),
  )
  const views = answers.map(({ body }) => (body as { views: number }).views)
  t.deepEqual(
    views.toSorted((one, other) => one - other),
    Array.from({ length: 20 }, (_, n) => n + 2),
  )
  t.is(new Set(answers.map(({ body }) => (body as { process: number }).process)).size, 2)
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

test('websocket.ts knows who is speaking, and hangs up at the logout', async (t) => {
  const visitor = browser(websocket.server)
  const [line] = (await visitor.get('/')).headers['set-cookie'] as unknown as string[]
  const socket = new WebSocket(url(websocket.server).replace('http', 'ws'), {
    headers: { cookie: line!.split(';')[0] },
  })
  await once(socket, 'open')
  socket.send('Hello')
  const [answer] = (await once(socket, 'message')) as [Buffer]
  t.is(String(answer), 'Ann (1): Hello')
  const closed = once(socket, 'close')
  await visitor.get('/logout')
  t.is((await closed)[0], 4401)
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

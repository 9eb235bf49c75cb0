import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import request from 'superagent'
import { type Demo, startDemo } from './demo-process.ts'
import { Visitor } from './visitor.ts'

let demo: Demo

test.before(async () => {
  demo = await startDemo()
})

test.after.always(async (t) => {
  t.is(await demo.stop(), 0)
})

async function visit(t: ExecutionContext): Promise<Visitor> {
  const visitor = await Visitor.arrive(demo.url)
  t.teardown(() => visitor.leave())
  return visitor
}

const MINUTE = 60_000

/** What was said of a stage in the last request. */
function said(visitor: Visitor, name: string): { in?: string | undefined; out?: string | undefined } {
  return visitor.reports.at(-1)!.lane.find((stage) => stage.name === name)!.said
}

test('the page, its style and its modules are served, and nothing else is allowed in', async (t) => {
  const page = await request.get(demo.url)
  t.regex(page.text, /<script type="module" src="\/main.js">/)
  t.regex(page.headers['content-security-policy'] ?? '', /default-src 'none'.*frame-ancestors 'none'/)
  for (const file of ['style.css', 'main.js', 'dom.js'])
    t.is((await request.get(`${demo.url}/${file}`)).status, 200)
  const outside = ['/..%2fapp.ts', '/app.ts', '/index.html', '/sandboxes/x/play']
  for (const path of outside) t.is((await request.get(demo.url + path).ok(() => true)).status, 404, path)
})

test('a session begins with the first write, and each stage says what it did', async (t) => {
  const visitor = await visit(t)
  await visitor.play('life', 'Only read')
  t.deepEqual(said(visitor, 'persist'), { in: 'Nothing to load.', out: 'Nothing to write.' })
  t.is(visitor.reports[0]!.session, undefined)
  await visitor.play('life')
  t.is(said(visitor, 'identify').out, 'Sent a new token.')
  t.is(said(visitor, 'persist').out, 'Created the record.')
  const { session, wire, store, lane } = visitor.reports.at(-1)!
  t.deepEqual(session?.data, { views: 1 })
  t.deepEqual(store.before, [])
  t.true(store.after[0]!.lines.includes('d"views":1'))
  t.true(wire.response.some(([name, value]) => name === 'set-cookie' && /^sid=.{6}…; Path/.test(value)))
  for (const { off, in: inward } of lane) t.is(typeof inward, off ? 'undefined' : 'number')
})

test('the clock moves the session past the threshold and past the deadline', async (t) => {
  const visitor = await visit(t)
  await visitor.play('life')
  const { expiresAt } = visitor.reports.at(-1)!.session!
  await visitor.ask('clock', { ms: 5 * MINUTE })
  await visitor.play('life', 'Only read')
  t.is(visitor.reports.at(-1)!.session!.expiresAt, expiresAt)
  t.regex(said(visitor, 'extendExpiry').in!, /left: leave the deadline/)
  await visitor.ask('clock', { ms: 10 * MINUTE })
  await visitor.play('life', 'Only read')
  t.true(visitor.reports.at(-1)!.session!.expiresAt > expiresAt)
  t.is(said(visitor, 'persist').out, 'Moved the deadline.')
  await visitor.ask('clock', { ms: 20 * MINUTE + 1000 })
  await visitor.play('life', 'Only read')
  t.is(visitor.reports.at(-1)!.session, undefined)
  t.is(visitor.reports.at(-1)!.events[0]?.name, 'session:expired')
})

test('a key with a deadline of its own goes before the session does', async (t) => {
  const visitor = await visit(t)
  await visitor.play('life', 'Keep a code for 5 minutes')
  t.deepEqual(Object.keys(visitor.reports.at(-1)!.session!.deadlines), ['code'])
  await visitor.ask('clock', { ms: 6 * MINUTE })
  await visitor.play('life')
  t.is(said(visitor, 'expireKeys').in, 'Left out: code.')
  t.deepEqual(visitor.reports.at(-1)!.session!.data, { views: 1 })
})

test('flash waits over the redirects and is swept when it was shown', async (t) => {
  const visitor = await visit(t)
  const { table } = await visitor.play('flash')
  t.deepEqual(table?.rows, [
    ['After two redirects', 'Your address is saved.'],
    ['The page once more', 'none'],
  ])
  const [post, detour, shown] = visitor.reports
  t.deepEqual(post!.session!.flash, { notice: 'Your address is saved.' })
  t.deepEqual(detour!.session!.flash, { notice: 'Your address is saved.' })
  t.deepEqual(shown!.session!.flash, {})
  t.is(shown!.lane.find(({ name }) => name === 'flash')!.said.out, 'Shown, so swept: notice.')
})

test('login changes id and token, and after logout nobody is logged in', async (t) => {
  const visitor = await visit(t)
  const { table } = await visitor.play('login', 'Log in as Ann')
  for (const [label, before, after] of table!.rows) t.not(before, after, label)
  t.is(visitor.setup.browsers[0]!.user, 'Ann')
  t.deepEqual(visitor.setup.actions['login'], [{ label: 'Log out' }])
  t.is((await visitor.play('login')).verdict, 'Logged out. The account page answers 401.')
  t.is(visitor.setup.browsers[0]!.user, undefined)
  t.deepEqual(visitor.setup.actions['login'], [{ label: 'Log in as Ann' }])
})

for (const store of ['memory', 'file']) {
  test(`twenty requests at once lose what the mode lets them lose, in the store ${store}`, async (t) => {
    const visitor = await visit(t)
    await visitor.ask('setup', { store, state: 'cookie' })
    const { table } = await visitor.play('race')
    t.deepEqual(table, {
      head: ['', 'last-write', 'merge', 'lock'],
      rows: [
        ['Each sets a key of its own', '19', '0', '0'],
        ['All count up one key', '19', '19', '0'],
        ['All count with update()', '0', '0', '0'],
      ],
    })
  })

  test(`a slow request does not undo a logout, in the store ${store}`, async (t) => {
    const visitor = await visit(t)
    await visitor.ask('setup', { store, state: 'cookie' })
    t.regex((await visitor.play('late')).verdict, /^Still logged out/)
    t.true(visitor.reports.some(({ events }) => events.some(({ name }) => name === 'session:conflict')))
  })
}

test('the sealed store says what it cannot do', async (t) => {
  const visitor = await visit(t)
  await visitor.ask('setup', { store: 'sealed', state: 'cookie' })
  const { table } = await visitor.play('race')
  t.deepEqual(table!.rows[0], ['Each sets a key of its own', '19', 'refused', 'refused'])
  t.regex((await visitor.play('late')).verdict, /cannot be ended elsewhere/)
})

test('the bindings shut a thief out, and nothing else does', async (t) => {
  const visitor = await visit(t)
  const { table } = await visitor.play('thief')
  t.deepEqual(table!.rows[0], ['The thief', 'logged in as Ann', 'logged out: address mismatch'])
  t.deepEqual(table!.rows[1], ['Ann, afterwards', 'logged in as Ann', 'logged out: address mismatch'])
})

test('the pipeline is edited while the session lives on', async (t) => {
  const visitor = await visit(t)
  await visitor.play('edits')
  const { id } = visitor.reports.at(-1)!.session!
  await visitor.play('edits', 'Insert timing')
  const names = (): string[] => visitor.reports.at(-1)!.lane.map(({ name }) => name)
  t.deepEqual(names().slice(0, 3), ['identify', 'timing', 'persist'])
  await visitor.play('edits', 'Replace verifyAddress')
  t.false(visitor.reports.at(-1)!.lane.find(({ name }) => name === 'verifyAddress')!.off)
  await visitor.play('edits', 'Remove flash')
  t.false(names().includes('flash'))
  t.regex(visitor.setup.edits.join('\n'), /stages\.remove\('flash'\)/)
  await visitor.play('edits', 'Insert timing')
  t.is(names()[1], 'persist')
  t.deepEqual(
    [visitor.reports.at(-1)!.session!.id, visitor.reports.at(-1)!.session!.data],
    [id, { views: 5 }],
  )
})

for (const state of ['cookie', 'header', 'parameter']) {
  test(`no token is told in full, with the state ${state}`, async (t) => {
    const visitor = await visit(t)
    await visitor.ask('setup', { store: 'memory', state })
    await visitor.play('login')
    await visitor.play('login')
    t.true(visitor.reports.length > 3)
    const { key } = visitor.catalog
    t.deepEqual(visitor.text.replaceAll(key, '').match(/[\w-]{40,}/g) ?? [], [])
    t.regex(visitor.text, /[\w-]{6}…/)
  })
}

test('one visitor sees nothing of another one', async (t) => {
  const [one, other] = [await visit(t), await visit(t)]
  t.not(one.catalog.key, other.catalog.key)
  await one.play('login')
  t.true(one.reports.length > 0)
  t.deepEqual(other.reports, [])
  await other.play('life', 'Only read')
  t.is(other.reports[0]!.session, undefined)
})

test('a sandbox ends with its page', async (t) => {
  const visitor = await Visitor.arrive(demo.url)
  await visitor.play('life')
  visitor.leave()
  let status = 200
  while (status !== 404) {
    ;({ status } = await visitor.send('clock', { ms: 1 }).ok(() => true))
    await setTimeout(10)
  }
  t.is(status, 404)
})

test('what no button asks for is refused', async (t) => {
  const visitor = await visit(t)
  const refused = async (what: string, fields: object): Promise<number> =>
    (await visitor.send(what, fields).ok(() => true)).status
  t.is(await refused('play', { scenario: 'life', action: 'constructor' }), 400)
  t.is(await refused('play', { scenario: 'nowhere' }), 400)
  t.is(await refused('clock', { ms: -1 }), 400)
  t.is(await refused('clock', { ms: 'NaN' }), 400)
  t.is(await refused('setup', { store: 'constructor', state: 'cookie' }), 400)
  t.is(await refused('setup', { store: 'memory', state: '__proto__' }), 400)
})

test('the source of a scenario is the file itself', async (t) => {
  const visitor = await visit(t)
  for (const { name, source } of visitor.catalog.scenarios) {
    t.is(source, readFileSync(new URL(`../../../docs/demo/scenarios/${name}.ts`, import.meta.url), 'utf8'))
  }
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} ends the program cleanly, also with a page open`, async (t) => {
    const own = await startDemo()
    const visitor = await Visitor.arrive(own.url)
    await visitor.play('life')
    t.is(await own.stop(signal), 0)
  })
}

for (const store of ['memory', 'file']) {
  test(`one click ends the sessions of the other devices, in the store ${store}`, async (t) => {
    const visitor = await visit(t)
    await visitor.ask('setup', { store, state: 'cookie' })
    const before = await visitor.play('devices')
    t.is(before.table!.rows.length, 3)
    const after = await visitor.play('devices', 'Log out everywhere else')
    t.is(after.verdict, 'The others answer: 401 logged out everywhere, 401 logged out everywhere.')
    t.deepEqual(after.table!.rows, [['Firefox on a laptop', '192.0.2.0/24', 'this device']])
    const none = await visitor.play('devices', 'Log out everywhere')
    t.deepEqual(none.table!.rows, [['none', '', '']])
    t.true(visitor.setup.browsers.every(({ user }) => user === undefined))
    t.deepEqual(visitor.setup.actions['devices'], [{ label: 'Log in on three devices' }])
  })
}

test('sealed sessions too end everywhere, though they cannot be listed', async (t) => {
  const visitor = await visit(t)
  await visitor.ask('setup', { store: 'sealed', state: 'cookie' })
  t.regex((await visitor.play('devices')).verdict, /cannot be listed/)
  await visitor.play('devices', 'Log out everywhere')
  t.true(visitor.setup.browsers.every(({ user }) => user === undefined))
})

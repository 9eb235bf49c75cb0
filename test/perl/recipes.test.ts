import test from 'ava'
import { type Session, stage } from '../../src/index.ts'
import { isUnavailable } from '../../src/stages.ts'
import { serve } from '../helpers/serve.ts'

const lookBegins = stage('lookBegins', async function* (_ctx, session) {
  const { data } = session
  yield
  const ended = session.data !== data
  if (session.used && session.isNew && !ended && !isUnavailable(session)) session.annotations['begun'] = true
})

test('a stage of six lines begins a session at a look, as Catalyst does', async (t) => {
  const served = await serve(
    t,
    (ctx) => {
      if (ctx.path === '/look') ctx.body = { isNew: ctx.session.isNew }
    },
    { stages: (defaults) => defaults.append(lookBegins) },
  )
  const browser = served.visitor()
  t.deepEqual((await browser.get('/')).cookies, [])
  const first = await browser.get('/look')
  t.deepEqual(first.body, { isNew: true })
  t.is(first.cookies.length, 1)
  const second = await browser.get('/look')
  t.deepEqual(second.body, { isNew: false })
  t.deepEqual(second.cookies, [])
  t.deepEqual(served.errors, [])
})

test('that stage does not log a visitor in anew who has just logged out', async (t) => {
  const served = await serve(
    t,
    async (ctx) => {
      if (ctx.path === '/login') ctx.session.user = 'Ann'
      if (ctx.path === '/logout') await ctx.session.destroy()
      if (ctx.path === '/null') ctx.session = null
      if (ctx.path === '/both') {
        ctx.session.user = 'Ann'
        await ctx.session.save()
        await ctx.session.destroy()
      }
      ctx.body = { user: ctx.session.user, isNew: ctx.session.isNew }
    },
    { stages: (defaults) => defaults.append(lookBegins) },
  )
  for (const path of ['/logout', '/null']) {
    const browser = served.visitor()
    await browser.get('/login')
    const out = await browser.get(path)
    t.is(out.cookies.length, 1)
    t.regex(out.cookies[0]!, /^sid=;/)
    t.deepEqual(out.body, { isNew: true })
    // A visitor who was not logged in begins no session by logging out, nor by both in one request.
    for (const other of [path, '/both'])
      t.notRegex(String((await served.visitor().get(other)).cookies), /sid=[^;]/)
  }
  t.is(served.events.filter(([name]) => name === 'created').length, 4)
  t.deepEqual(served.errors, [])
})

test('that stage keeps the rules for failures, refused sessions and tokens that have just moved', async (t) => {
  const served = await serve(
    t,
    async (ctx) => {
      if (ctx.path === '/login') await ctx.session.changeId()
      ctx.body = { isNew: ctx.session.isNew }
      if (ctx.path === '/fail') ctx.status = 500
    },
    {
      stages: (defaults) => defaults.append(lookBegins),
      verifyAddress: { by: (ctx) => ctx.get('x-address'), onMismatch: 'refuse' },
    },
  )
  const ann = { 'x-address': '192.0.2.1' }
  t.deepEqual((await served.visitor().get('/fail', ann)).cookies, [])
  const browser = served.visitor()
  const [cookie] = (await browser.get('/', ann)).cookies
  const thief = await browser.get('/', { 'x-address': '198.51.100.7' })
  t.deepEqual([thief.status, thief.cookies], [200, []])
  await browser.get('/login', ann)
  const late = await served.visitor().get('/', { ...ann, cookie: cookie!.split(';')[0]! })
  t.deepEqual([late.status, late.cookies], [200, []])
  t.deepEqual(served.errors, [])
})

test('change_session_expires: an end that is at least so far away, and no cookie without a session', async (t) => {
  const inside = new WeakMap<object, Session>()
  const hold = stage('hold', async function* (ctx, session) {
    inside.set(ctx, session)
    yield
  })
  const served = await serve(
    t,
    (ctx) => {
      if (ctx.path === '/begin') ctx.session.n = 1
      if (ctx.path === '/remember') {
        const session = inside.get(ctx)!
        session.extend(session.now + 3 * HOUR)
      }
      ctx.body = { left: left(ctx.session.expiresAt, served.clock()) }
    },
    { stages: (defaults) => defaults.append(hold), expiryThreshold: 0 },
  )
  const browser = served.visitor()
  await browser.get('/begin')
  t.deepEqual((await browser.get('/remember')).body, { left: 3 * HOUR })
  served.clock.advance('30m')
  t.deepEqual((await browser.get('/')).body, { left: 2.5 * HOUR })
  served.clock.advance('2h')
  // It slides again as soon as the idle timeout reaches further.
  t.deepEqual((await browser.get('/')).body, { left: 2 * HOUR })
})

test('a fixed end counts from the moment it is set, no activity moves it, and changeId keeps it', async (t) => {
  const served = await serve(
    t,
    async (ctx) => {
      if (ctx.path === '/begin') ctx.session.n = 1
      if (ctx.path === '/end') ctx.session.absoluteTimeout = '3h'
      if (ctx.path === '/stay') ctx.session.idleTimeout = false
      if (ctx.path === '/move') await ctx.session.changeId()
      ctx.body = { isNew: ctx.session.isNew, left: left(ctx.session.expiresAt, served.clock()) }
    },
    { expiryThreshold: 0 },
  )
  const browser = served.visitor()
  await browser.get('/begin')
  served.clock.advance('1h')
  // The idle timeout is shorter, and goes on counting.
  t.deepEqual((await browser.get('/end')).body, { isNew: false, left: 2 * HOUR })
  t.deepEqual((await browser.get('/stay')).body, { isNew: false, left: 3 * HOUR })
  served.clock.advance('2h')
  t.deepEqual((await browser.get('/move')).body, { isNew: false, left: HOUR })
  served.clock.advance('59m')
  t.deepEqual((await browser.get('/')).body, { isNew: false, left: HOUR / 60 })
  served.clock.advance('2m')
  t.deepEqual((await browser.get('/')).body, { isNew: true })
})

test('a check box at login lets the address change, for good', async (t) => {
  const served = await serve(
    t,
    async (ctx) => {
      if (ctx.path === '/login') {
        await ctx.session.changeId()
        ctx.session.user = 'Ann'
        ctx.session.boundAddress = undefined
      }
      ctx.body = { user: ctx.session.user }
    },
    { verifyAddress: { by: (ctx) => ctx.get('x-address') } },
  )
  const browser = served.visitor()
  await browser.get('/login', { 'x-address': '192.0.2.1' })
  t.deepEqual((await browser.get('/', { 'x-address': '198.51.100.7' })).body, { user: 'Ann' })
  t.deepEqual((await browser.get('/', { 'x-address': '203.0.113.9' })).body, { user: 'Ann' })
})

test('a lifetime of its own, or the deadline of a key to come, begins a session', async (t) => {
  const served = await serve(t, (ctx) => {
    if (ctx.path === '/lifetime') ctx.session.idleTimeout = '10m'
    if (ctx.path === '/deadline') ctx.session.expireKey('code', '10m')
    if (ctx.path === '/code') ctx.session.code = 4711
    ctx.body = { isNew: ctx.session.isNew, idleTimeout: ctx.session.idleTimeout, code: ctx.session.code }
  })
  const [one, other] = [served.visitor(), served.visitor()]
  await one.get('/lifetime')
  t.deepEqual((await one.get('/')).body, { isNew: false, idleTimeout: 600_000 })
  await other.get('/deadline')
  await other.get('/code')
  served.clock.advance('11m')
  t.deepEqual((await other.get('/')).body, { isNew: false, idleTimeout: 7_200_000 })
})

const HOUR = 3_600_000

function left(end: Date | undefined, now: number): number | undefined {
  return end && end.getTime() - now
}

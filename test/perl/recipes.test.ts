import test from 'ava'
import { stage } from '../../src/index.ts'
import { serve } from '../helpers/serve.ts'

const lookBegins = stage('lookBegins', async function* (_ctx, session) {
  yield
  if (session.used && session.isNew && !session.barred && !session.unavailable) await session.touch()
})

test('a stage of five lines begins a session at a look, as Catalyst does', async (t) => {
  const served = await serve(
    t,
    (ctx) => {
      if (ctx.path === '/look') ctx.body = { isNew: ctx.session.isNew }
    },
    { stages: (defaults) => defaults.after('persist', lookBegins) },
  )
  const browser = served.visitor()
  t.deepEqual((await browser.get('/')).cookies, [])
  const first = await browser.get('/look')
  t.deepEqual(first.body, { isNew: true })
  t.is(first.cookies.length, 1)
  t.deepEqual((await browser.get('/look')).body, { isNew: false })
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

import test, { type ExecutionContext } from 'ava'
import Koa, { type Context } from 'koa'
import request from 'superagent'
import {
  CookieState,
  HeaderState,
  MemoryStore,
  ParameterState,
  SealedStore,
  session,
  SessionConfigError,
  SessionError,
  type SessionOptions,
  type State,
  stage,
  stop,
} from 'koa-session-pipeline'
import { fakeClock, mintSession, readSession } from 'koa-session-pipeline/testing'
import { listen } from '../helpers/serve.ts'

const KEYS = ['a key that is long enough for the seal']
/** A state of somebody's own: the token comes and goes in a header. */
const own: State = {
  extract: (ctx) => [ctx.get('x-mine')].filter(Boolean),
  finalize: (ctx, token) => ctx.set('x-mine', token),
  forget: (ctx) => ctx.remove('x-mine'),
}

const STATES: Readonly<Record<string, () => State | [State, ...State[]]>> = {
  'a cookie': () => new CookieState(),
  'a signed cookie': () => new CookieState({ name: 'app.sid', signed: true }),
  'a header': () => new HeaderState({ name: 'X-Session' }),
  'a parameter': () => new ParameterState(),
  'a list of states': () => [new CookieState(), new ParameterState()],
  'a state of your own': () => own,
}
const STORES = {
  'a store': () => new MemoryStore(),
  'a sealed store': () => new SealedStore({ keys: KEYS }),
}

/** A server that shows the session, counts at /count and ends the session at /logout. */
async function served(t: ExecutionContext, options: SessionOptions = {}) {
  const app = new Koa()
  app.keys = ['some secret']
  app.silent = true
  const sessions = session(app, options)
  app.use(sessions)
  app.use(async (ctx: Context) => {
    if (ctx.path === '/count') ctx.session.count = ((ctx.session.count as number | undefined) ?? 0) + 1
    if (ctx.path === '/logout') await ctx.session.destroy()
    ctx.body = { id: ctx.session.isNew ? null : ctx.session.id, ...ctx.session }
  })
  return { app, sessions, url: await listen(t, app) }
}

for (const [how, state] of Object.entries(STATES)) {
  for (const [where, store] of Object.entries(STORES)) {
    test(`a minted session is known to the server, and read again: ${how}, ${where}`, async (t) => {
      const { sessions, url } = await served(t, { state: state(), store: store() })
      const minted = await mintSession(sessions, { user: 'Ann', cart: ['tea'] })
      const asked = await request.get(url + minted.url('/?page=2')).set(minted.headers)
      t.deepEqual(asked.body, { id: minted.id, user: 'Ann', cart: ['tea'] })

      const counted = await fetch(url + minted.url('/count'), { headers: minted.headers })
      // A sealed session in a link goes on in the next link; elsewhere the response says what comes next.
      const read = await readSession(sessions, counted)
      const count = how === 'a parameter' && where === 'a sealed store' ? {} : { count: 1 }
      if (where === 'a store')
        t.like(await readSession(sessions, minted), { data: { user: 'Ann', count: 1 } })
      else if (read) t.deepEqual(read.data, { user: 'Ann', cart: ['tea'], ...count })
    })
  }
}

test('a minted session is what a request would have stored', async (t) => {
  const store = new MemoryStore()
  const { sessions, url } = await served(t, {
    store,
    clock: fakeClock(1_800_000_000_000),
    verifyAddress: true,
  })
  const response = await request.get(`${url}/count`)
  const minted = await mintSession(sessions, { count: 1 })
  const real = (await readSession(sessions, response))!
  const { data, expiresAt } = store.get(real.id)!
  t.like(store.get(minted.id), { data, expiresAt })
})

test('a session is read from what superagent and fetch return, from a cookie, and from Set-Cookie lines', async (t) => {
  const { sessions, url } = await served(t)
  const answered = await request.get(`${url}/count`)
  const lines = answered.headers['set-cookie'] as unknown as string[]
  const fetched = await fetch(`${url}/count`)
  for (const carrier of [
    answered,
    lines,
    lines[0]!,
    lines[0]!.split(';')[0]!,
    fetched,
    { headers: fetched.headers },
  ]) {
    t.deepEqual((await readSession(sessions, carrier))?.data, { count: 1 })
  }
})

test('a response that sets no cookie shows no session, nor does garbage, nor a session that is over', async (t) => {
  const clock = fakeClock()
  const { sessions, url } = await served(t, { clock })
  t.is(await readSession(sessions, await request.get(url)), undefined)
  t.is(await readSession(sessions, await fetch(url)), undefined)
  for (const cookie of ['', 'sid', 'sid=', 'sid=garbage', 'other=1'])
    t.is(await readSession(sessions, cookie), undefined)
  const { cookie, headers } = await mintSession(sessions, { user: 'Ann' })
  const ended = await mintSession(sessions)
  t.is(await readSession(sessions, await request.get(`${url}/logout`).set(ended.headers)), undefined)
  t.is(await readSession(sessions, ended), undefined)
  t.deepEqual((await readSession(sessions, { headers }))?.data, { user: 'Ann' })
  clock.advance('2h')
  t.truthy(await readSession(sessions, cookie))
  clock.advance(1)
  t.is(await readSession(sessions, cookie), undefined)
})

test('a handler fills the session by the verbs of ctx.session', async (t) => {
  const clock = fakeClock()
  const { sessions } = await served(t, { clock })
  const minted = await mintSession(sessions, async (ctx) => {
    await ctx.session.regenerate()
    ctx.session.idleTimeout = '10m'
    ctx.session.persistent = true
  })
  const now = clock()
  t.like(await readSession(sessions, minted), {
    id: minted.id,
    data: {},
    flash: {},
    createdAt: new Date(now),
    expiresAt: new Date(now + 600_000),
    idleTimeout: 600_000,
    persistent: true,
  })
  const flashed = await mintSession(sessions, (ctx) => (ctx.session.flash.notice = 'Saved'))
  t.deepEqual((await readSession(sessions, flashed))?.flash, { notice: 'Saved' })
  const brief = await mintSession(sessions, ({ session }) => {
    session.code = '1234'
    session.expireKey('code', '1m')
  })
  t.deepEqual((await readSession(sessions, brief))?.data, { code: '1234' })
  clock.advance('2m')
  t.deepEqual((await readSession(sessions, brief))?.data, {})
})

test('reading leaves no trace', async (t) => {
  const clock = fakeClock()
  const store = new MemoryStore({ clock })
  const options = { clock, store, verifyAddress: true, verifyUserAgent: true, expiryThreshold: '1h' } as const
  const { sessions } = await served(t, { ...options, flashToState: true })
  const phone = { address: '192.0.2.7', headers: { 'User-Agent': 'Phone' } }
  const minted = await mintSession(sessions, (ctx) => (ctx.session.flash.notice = 'Saved'), phone)
  clock.advance('90m')
  const before = store.get(minted.id)
  for (let times = 0; times < 2; times += 1) {
    t.like(await readSession(sessions, minted.cookie), {
      flash: { notice: 'Saved' },
      boundAddress: '192.0.2.7',
    })
  }
  t.deepEqual(store.get(minted.id), before)
})

test('a minted session is bound to the client that the test describes', async (t) => {
  const { sessions, url } = await served(t, { verifyAddress: true, verifyUserAgent: true })
  const headers = { 'User-Agent': 'Phone' }
  const here = await mintSession(sessions, { user: 'Ann' }, { headers })
  t.like((await request.get(url).set({ ...here.headers, ...headers })).body, { user: 'Ann' })
  const away = await mintSession(sessions, { user: 'Ann' }, { headers, address: '192.0.2.7' })
  t.deepEqual((await request.get(url).set({ ...away.headers, ...headers })).body, { id: null })
})

test('your own stages take part', async (t) => {
  const audit = stage('audit', function* (_ctx, session) {
    session.onCreate(() => (session.data['by'] = 'audit'))
  })
  const { sessions } = await served(t, { stages: (defaults) => defaults.after('persist', audit) as never })
  const minted = await mintSession(sessions, { user: 'Ann' })
  t.deepEqual((await readSession(sessions, minted))?.data, { user: 'Ann', by: 'audit' })
})

test('a session that is saved late is there when it has been minted', async (t) => {
  const late = stage('late', function* (_ctx, session) {
    session.lateStore = true
  })
  const { sessions } = await served(t, { stages: (defaults) => defaults.after('persist', late) as never })
  const minted = await mintSession(sessions, { user: 'Ann' })
  t.deepEqual((await readSession(sessions, minted))?.data, { user: 'Ann' })
})

test('a session minted for one app is one of another app with the same options', async (t) => {
  const store = new MemoryStore()
  const { url } = await served(t, { store })
  const { headers } = await mintSession(session(new Koa(), { store }), { user: 'Ann' })
  t.like((await request.get(url).set(headers)).body, { user: 'Ann' })
})

test('two sessions of one app are minted and read apart', async (t) => {
  const app = new Koa()
  const store = new MemoryStore()
  const [visitors, admins] = [session(app, { store }), session(app, { store, as: 'admin' })]
  const visitor = await mintSession(visitors, { user: 'Ann' })
  const admin = await mintSession(admins, { role: 'root' })
  const cookie = `${visitor.cookie}; ${admin.cookie}`
  t.deepEqual((await readSession(visitors, cookie))?.data, { user: 'Ann' })
  t.deepEqual((await readSession(admins, cookie))?.data, { role: 'root' })
  t.is(await readSession(admins, visitor), undefined)
})

test('minting under lock leaves no lock behind', async (t) => {
  const { sessions, url } = await served(t, { concurrency: { mode: 'lock', wait: '50ms' } as never })
  const minted = await mintSession(sessions, { user: 'Ann' })
  t.is((await readSession(sessions, minted))?.id, minted.id)
  t.like((await request.get(`${url}/count`).set(minted.headers)).body, { count: 1 })
})

test('minting tells the app', async (t) => {
  const { app, sessions } = await served(t)
  const events: unknown[] = []
  app.on('session:created', ({ id }: { id: string }) => events.push(id))
  const { id } = await mintSession(sessions)
  t.deepEqual(events, [id])
})

test('a client that is given no session is an error', async (t) => {
  const code = { instanceOf: SessionError, code: 'ERR_SESSION_UNAVAILABLE' }
  const skipping = (await served(t, { skip: ({ path }) => path === '/' })).sessions
  await t.throwsAsync(mintSession(skipping), code)
  const { cookie } = await mintSession(skipping, {}, { url: '/inside' })
  await t.throwsAsync(readSession(skipping, cookie), code)
  t.truthy(await readSession(skipping, cookie, { url: '/inside' }))
  const guard = stage('guard', function* (ctx) {
    return ctx.get('x-key') === 'open' ? undefined : stop
  })
  const guarded = (await served(t, { stages: (defaults) => defaults.prepend(guard) as never })).sessions
  await t.throwsAsync(mintSession(guarded), code)
  t.truthy(await mintSession(guarded, {}, { headers: { 'X-Key': 'open' } }))
  const { sessions } = await served(t)
  for (const handler of [(ctx: Context) => ctx.session.destroy(), () => {}])
    await t.throwsAsync(mintSession(sessions, handler), code)
})

test('bad arguments are typed errors that say what was given', async (t) => {
  const { sessions } = await served(t)
  const config = (message: RegExp) => ({ instanceOf: SessionConfigError, message })
  const type = (message: RegExp) => ({ instanceOf: TypeError, message })
  for (const wrong of [undefined, null, {}, new Koa(), () => {}]) {
    await t.throwsAsync(mintSession(wrong as never), config(/session\(app, …\) returned/))
    await t.throwsAsync(readSession(wrong as never, ''), config(/session\(app, …\) returned/))
  }
  for (const wrong of [null, 'Ann', 5, ['tea'], new Map()])
    await t.throwsAsync(mintSession(sessions, wrong as never), type(/an object or a function/))
  await t.throwsAsync(mintSession(sessions, { id: 'mine' }), type(/reserved/))
  for (const wrong of [undefined, null, 5, {}, [5], { headers: 'sid=1' }])
    await t.throwsAsync(readSession(sessions, wrong as never), type(/Expected a Cookie header/))
  await t.throwsAsync(mintSession(sessions, {}, { header: {} } as never), config(/Did you mean 'headers'/))
  await t.throwsAsync(mintSession(sessions, {}, 'here' as never), config(/an object with address/))
  await t.throwsAsync(mintSession(sessions, {}, { address: 5 } as never), config(/address to be/))
  await t.throwsAsync(mintSession(sessions, {}, { headers: { a: 1 } } as never), config(/headers to be/))
  await t.throwsAsync(readSession(sessions, '', { url: 'here' }), config(/url to be/))
})

test('an error of the handler is the error of minting', async (t) => {
  const { sessions } = await served(t)
  const error = new Error('no such user')
  await t.throwsAsync(
    mintSession(sessions, () => {
      throw error
    }),
    { is: error },
  )
})

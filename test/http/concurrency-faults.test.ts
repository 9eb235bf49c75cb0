import test, { type ExecutionContext } from 'ava'
import type { Context } from 'koa'
import {
  type Concurrency,
  CorruptRecordError,
  MemoryStore,
  SessionError,
  StoreFullError,
  StoreUnavailableError,
} from '../../src/index.ts'
import { isTombstone, parseRecord } from '../../src/record.ts'
import { tokenToId } from '../../src/token.ts'
import { type Loose, routes, tokenIn } from '../helpers/paths.ts'
import { type Call, ScriptedStore } from '../helpers/scripted-store.ts'
import { type Answer, serve, type Served, type Visitor } from '../helpers/serve.ts'

type Act = (session: Loose, ctx: Context) => unknown

/** What a request does to the session of ann. */
const ACTS: Readonly<Record<string, Act>> = {
  reads: (session) => session.user as unknown,
  writes: (session) => (session.more = 1),
  saves: async (session) => {
    session.more = 1
    await session.save()
    session.more = 2
  },
  reloads: (session) => session.reload(),
  touches: (session) => session.touch(),
  updates: (session) => session.update((data: Loose) => void (data.more = 1)),
  'changes the id': (session) => session.changeId(),
  regenerates: async (session, ctx) => {
    await session.regenerate({ keep: true })
    ctx.session.more = 1
  },
  destroys: (session) => session.destroy(),
  'destroys without waiting': (session) => void session.destroy(),
  'sets it to null': (_session, ctx) => void Reflect.set(ctx, 'session', null),
  'destroys and begins anew': async (session, ctx) => {
    await session.destroy()
    ctx.session.user = 'bob'
  },
}

const FAULTS: Readonly<Record<string, () => unknown>> = {
  'a raw error': () => new Error('ECONNRESET'),
  nothing: () => undefined,
  'a typed error': () => new StoreUnavailableError('down', { outcome: 'unknown' }),
  'no room': () => new StoreFullError('full'),
}

interface Case {
  readonly server: Served
  readonly store: ScriptedStore
  readonly browser: Visitor
  readonly token: string
}

async function open(t: ExecutionContext, act: Act, concurrency: Concurrency): Promise<Case> {
  const store = new ScriptedStore(new MemoryStore())
  const server = await serve(
    t,
    routes({
      '/first': ({ session }) => void (session.user = 'ann'),
      '/act': (ctx) => act(ctx.session, ctx),
      '/read': ({ session }) => ({ ...session }),
    }),
    { store, concurrency, expiryThreshold: 0, cookie: { persistent: true } },
  )
  const browser = server.visitor()
  const token = tokenIn(await browser.get('/first'))!
  server.clock.advance('1m')
  return { server, store, browser, token }
}

async function lives({ store, server }: Case, token: string): Promise<boolean> {
  const id = tokenToId(token)
  const stored = await store.inner.get(id)
  const record = stored && parseRecord(id, stored)
  return record !== undefined && !isTombstone(record) && server.clock() <= record.expiresAt
}

/** What must hold whatever call of the store has failed. */
async function check(t: ExecutionContext, played: Case, answer: Answer, what: string): Promise<void> {
  const { server, browser, token } = played
  const { status } = answer
  t.true([200, 503].includes(status), `${what}: ${status}, ${String(server.errors[0])}`)
  if (status === 503)
    t.true(
      server.errors.every((error) => error instanceof SessionError),
      what,
    )
  const sent = tokenIn(answer)
  if (sent === '') t.false(await lives(played, token), `${what}: a cookie of a living session is cleared`)
  else if (sent !== undefined) t.true(await lives(played, sent), `${what}: a cookie of no living session`)
  // Nothing hangs, no lock is left behind.
  t.is((await browser.get('/read')).status, 200, what)
}

for (const [mode, concurrency] of Object.entries({
  merge: 'merge',
  'last-write': 'last-write',
  lock: { mode: 'lock', wait: 200 },
} satisfies Record<string, Concurrency>)) {
  for (const [acts, act] of Object.entries(ACTS)) {
    test(`${mode}: whichever store call of a request that ${acts} fails, nobody is logged out`, async (t) => {
      const healthy = await open(t, act, concurrency)
      const calls: Call[] = []
      healthy.store.before = (call) => void calls.push(call)
      t.is((await healthy.browser.get('/act')).status, 200)
      healthy.store.before = () => undefined
      for (const [fault, errorOf] of Object.entries(FAULTS)) {
        for (const when of ['before', 'after'] as const) {
          for (const [index, { operation }] of calls.entries()) {
            // A lock that was taken though the store failed to say so ends with its lease.
            if (operation === 'lock' && when === 'after') continue
            const what = `${fault} ${when} call ${index + 1} (${operation})`
            const played = await open(t, act, concurrency)
            let count = 0
            const error = errorOf()
            played.store[when] = () => {
              if (count++ === index) throw error
            }
            const answer = await played.browser.get('/act')
            played.store[when] = () => undefined
            await check(t, played, answer, what)
            const { cause, code } = (played.server.errors[0] ?? {}) as SessionError
            if (answer.status === 503 && !(error instanceof SessionError)) t.is(cause, error, what)
            if (answer.status === 503)
              t.is(code, fault === 'no room' ? 'ERR_STORE_FULL' : 'ERR_STORE_UNAVAILABLE', what)
            // A failed destroy is never a success.
            const ends = acts.startsWith('destroys') || acts.startsWith('sets it')
            if (ends && answer.status === 200) t.false(await lives(played, played.token), what)
            if (!ends && when === 'before' && answer.status === 503)
              t.like((await played.browser.get('/read')).body, { user: 'ann' }, what)
          }
        }
      }
    })
  }

  for (const operation of ['get', 'set', 'touch', 'delete', 'lock'] as const) {
    test(`${mode}: a store whose every ${operation} fails is an error, and never a logout`, async (t) => {
      for (const [acts, act] of Object.entries(ACTS)) {
        const played = await open(t, act, concurrency)
        played.store.before = (call) => {
          if (call.operation === operation) throw new Error('down')
        }
        const answer = await played.browser.get('/act')
        played.store.before = () => undefined
        await check(t, played, answer, acts)
        if (answer.status === 503) t.like((await played.browser.get('/read')).body, { user: 'ann' }, acts)
      }
    })
  }
}

for (const [acts, act] of Object.entries(ACTS)) {
  test(`a record found corrupt by any store call of a request that ${acts} means no session`, async (t) => {
    const healthy = await open(t, act, 'merge')
    const calls: Call[] = []
    healthy.store.before = (call) => void calls.push(call)
    await healthy.browser.get('/act')
    for (const [index, { operation, when }] of calls.entries()) {
      if (operation === 'touch' || when === 'absent') continue
      const played = await open(t, act, 'merge')
      let count = 0
      played.store.before = async ({ id }) => {
        if (count++ !== index) return
        await played.store.inner.delete(id)
        throw new CorruptRecordError('A record is damaged.')
      }
      const { status, cookies } = await played.browser.get('/act')
      const what = `call ${index + 1} (${operation})`
      t.true([200, 503].includes(status), `${what}: ${status}, ${String(played.server.errors[0])}`)
      if (status === 503) t.deepEqual(cookies, [], what)
      t.true(
        played.server.events.some(([name]) => name === 'corrupt'),
        what,
      )
    }
  })
}

test('a request that creates a session and whose store fails sends no cookie', async (t) => {
  for (const when of ['before', 'after'] as const) {
    const store = new ScriptedStore(new MemoryStore())
    const { visitor, errors } = await serve(
      t,
      routes({ '/first': ({ session }) => void (session.user = 'ann') }),
      { store },
    )
    store[when] = () => {
      throw new Error('down')
    }
    const { status, cookies } = await visitor().get('/first')
    t.deepEqual([status, cookies], [503, []])
    t.like(errors[0], { code: 'ERR_STORE_UNAVAILABLE', outcome: 'unknown' })
  }
})

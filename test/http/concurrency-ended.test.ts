import test from 'ava'
import type { Context } from 'koa'
import { MemoryStore, type SessionOptions } from '../../src/index.ts'
import { type Loose, routes, tokenIn } from '../helpers/paths.ts'
import { until } from '../helpers/file-folder.ts'
import { pause } from '../helpers/pause.ts'
import { type Answer, serve, type Served, visitor } from '../helpers/serve.ts'

/** What becomes of a session while a request that has loaded it waits. */
const ENDS: Readonly<Record<string, (session: Loose) => unknown>> = {
  destroyed: (session) => session.destroy('logout'),
  expired: () => undefined,
  'given a new id': (session) => session.changeId(),
  regenerated: (session) => session.regenerate(),
}

/** What the slow request does then, when it goes on. */
const ACTS: Readonly<Record<string, (session: Loose, ctx: Context) => unknown>> = {
  writes: (session) => (session.late = 'late'),
  'sets a flash message': (session) => void (session.flash.late = 'late'),
  'sets its lifetime': (session) => void (session.idleTimeout = '1h'),
  saves: (session) => {
    session.late = 'late'
    return session.save()
  },
  updates: (session) => session.update((data: Loose) => (data.late = 'late')),
  touches: (session) => session.touch(),
  'stores late': (session) => {
    session.lateStore = true
    session.late = 'late'
  },
  'changes its id': async (session) => {
    session.late = 'late'
    await session.changeId()
  },
  regenerates: async (session, ctx) => {
    await session.regenerate({ keep: true })
    ctx.session.late = 'late'
  },
  reads: (session) => session.user as unknown,
}

interface Outcome {
  readonly slow: Answer
  readonly server: Served
  readonly first: string
  readonly records: number
}

async function end(
  t: Loose,
  ends: keyof typeof ENDS,
  act: (session: Loose, ctx: Context) => unknown,
  options: SessionOptions<object, string> = {},
): Promise<Outcome> {
  const hold = pause()
  const server = await serve(
    t,
    routes({
      '/first': ({ session }) => {
        Object.assign(session, { user: 'ann', cart: ['tea'] })
        session.flash.waiting = 'yes'
      },
      '/slow': async (ctx) => {
        t.is(ctx.session.user, 'ann')
        await hold.here()
        await act(ctx.session, ctx)
      },
      '/end': async ({ session }) => {
        await ENDS[ends]!(session)
      },
      '/alive': ({ session }) => ({ ...session }),
    }),
    { expiryThreshold: 0, cookie: { persistent: true }, ...options },
  )
  const browser = server.visitor()
  const first = tokenIn(await browser.get('/first'))!
  server.clock.advance('1m')
  const slowly = browser.get('/slow')
  await hold.reached
  const ended = await browser.get(ends === 'expired' ? '/none' : '/end')
  if (ends === 'expired') server.clock.advance('3h')
  server.clock.advance('2s')
  hold.go()
  const slow = await slowly
  t.true(ended.status < 500)
  return { slow, server, first, records: (server.store as MemoryStore).size }
}

/** `changeId` and `regenerate` are deliberate: when the session has moved they begin another one. */
const beginsAnew = (ends: string, acts: string): boolean =>
  ['given a new id', 'regenerated'].includes(ends) && ['changes its id', 'regenerates'].includes(acts)

for (const [ends] of Object.entries(ENDS)) {
  for (const [acts, act] of Object.entries(ACTS)) {
    if (beginsAnew(ends, acts)) continue
    test(`a slow request that ${acts} does not revive a session that was ${ends} meanwhile`, async (t) => {
      const { slow, server, first, records } = await end(t, ends, act)
      // lateStore sends its headers before it can know.
      if (acts !== 'stores late') t.deepEqual(slow.cookies, [])
      const shown = await visitor(server.url).get('/alive', { Cookie: `sid=${first}` })
      t.deepEqual(shown.body, {})
      // The old record, or its tombstone, and where it went.
      t.true(records <= (ends === 'given a new id' ? 2 : 1))
      if (acts === 'stores late') await until(() => server.events.some(([name]) => name === 'conflict'))
      const conflicts = server.events.filter(([name]) => name === 'conflict')
      const rejects = ['saves', 'updates', 'touches'].includes(acts)
      t.is(slow.status, rejects ? 503 : 200)
      if (acts !== 'reads' && !['updates', 'touches'].includes(acts)) t.true(conflicts.length > 0)
      t.false(
        JSON.stringify(conflicts, (key, value: unknown) => (key === 'ctx' ? '' : value)).includes(first),
      )
    })
  }
}

/** Everything that a request can have in hand when its session moves. */
const BEGINNINGS: Readonly<Record<string, (session: Loose, ctx: Context) => Promise<unknown>>> = {
  changeId: (session) => session.changeId(),
  regenerate: (session) => session.regenerate(),
  'regenerate that keeps everything': (session) => session.regenerate({ keep: true }),
  'regenerate without waiting': async (session) => void session.regenerate({ keep: true }),
  'changeId without waiting': async (session) => void session.changeId(),
}

for (const moves of ['given a new id', 'regenerated']) {
  for (const [verb, begin] of Object.entries(BEGINNINGS)) {
    test(`${verb} of a session that was ${moves} meanwhile begins a new one with what this request assigns`, async (t) => {
      const { slow, server, first } = await end(t, moves, async (session, ctx) => {
        session.user += ' the second'
        await begin(session, ctx)
        ctx.session.late = 'late'
      })
      t.is(slow.status, 200)
      const fresh = tokenIn(slow)!
      t.regex(fresh, /^[\w-]{43}$/)
      t.not(fresh, first)
      const shown = await visitor(server.url).get('/alive', { Cookie: `sid=${fresh}` })
      // An assignment before `regenerate` goes along where it is to be kept, and always with `changeId`.
      const mine = verb === 'regenerate' ? {} : { user: 'ann the second' }
      t.deepEqual(shown.body, { ...mine, late: 'late' })
      t.deepEqual((await visitor(server.url).get('/alive', { Cookie: `sid=${first}` })).body, {})
    })

    test(`${verb} of a session that was ${moves} meanwhile, with nothing assigned, leaves no record and no cookie`, async (t) => {
      const { slow, records } = await end(t, moves, async (session, ctx) => {
        t.is(session.cart[0], 'tea')
        session.cart.push('cup')
        t.deepEqual({ ...session.flash }, { waiting: 'yes' })
        session.keepFlash('waiting')
        await begin(session, ctx)
      })
      t.deepEqual([slow.status, slow.cookies], [200, []])
      t.is(records, moves === 'given a new id' ? 2 : 1)
    })
  }
}

test('the event of a drop names the keys and why', async (t) => {
  const { server } = await end(t, 'destroyed', ACTS['writes']!)
  const [, { ctx: _, ...event }] = server.events.find(([name]) => name === 'conflict')!
  t.like(event, { keys: ['late'], reason: 'logout' })
})

test('a session that was used beyond its deadline is alive when a parallel request has extended it', async (t) => {
  const hold = pause()
  const server = await serve(
    t,
    routes({
      '/first': ({ session }) => void (session.user = 'ann'),
      '/slow': async ({ session }) => {
        t.is(session.user, 'ann')
        await hold.here()
        session.slow = 1
      },
      '/read': ({ session }) => ({ ...session }),
    }),
  )
  const browser = server.visitor()
  await browser.get('/first')
  const slowly = browser.get('/slow')
  await hold.reached
  server.clock.advance('90m')
  await browser.get('/read')
  server.clock.advance('60m')
  hold.go()
  t.is((await slowly).status, 200)
  t.deepEqual((await browser.get('/read')).body, { user: 'ann', slow: 1 })
})

test('a session that expired early, as a parallel request had shortened its life, is not revived by a read', async (t) => {
  const hold = pause()
  const server = await serve(
    t,
    routes({
      '/first': ({ session }) => void (session.user = 'ann'),
      '/slow': async ({ session }) => {
        t.is(session.user, 'ann')
        await hold.here()
      },
      '/shorten': ({ session }) => void (session.idleTimeout = '5m'),
      '/read': ({ session }) => ({ ...session }),
    }),
    { expiryThreshold: 0 },
  )
  const browser = server.visitor()
  await browser.get('/first')
  const slowly = browser.get('/slow')
  await hold.reached
  await browser.get('/shorten')
  server.clock.advance('6m')
  hold.go()
  await slowly
  t.deepEqual((await browser.get('/read')).body, {})
})

test('other requests learn why a session was ended, for a minute', async (t) => {
  const server = await serve(
    t,
    routes({
      '/first': ({ session }) => void (session.user = 'ann'),
      '/end': ({ session }) => session.destroy('signed out'),
      '/why': ({ session }) => ({ why: session.endReason as string, isNew: session.isNew as boolean }),
    }),
  )
  const browser = server.visitor()
  const token = tokenIn(await browser.get('/first'))!
  const other = visitor(server.url)
  await browser.get('/end')
  const ask = async (): Promise<unknown> => (await other.get('/why', { Cookie: `sid=${token}` })).body
  t.deepEqual(await ask(), { why: 'signed out', isNew: true })
  server.clock.advance('1m')
  t.deepEqual(await ask(), { why: 'signed out', isNew: true })
  server.clock.advance(1)
  t.deepEqual(await ask(), { why: 'session expired', isNew: true })
})

test('a session that was destroyed can be followed by a new one at once', async (t) => {
  const server = await serve(
    t,
    routes({
      '/first': ({ session }) => void (session.user = 'ann'),
      '/end': ({ session }) => session.destroy('signed out'),
      '/write': ({ session }) => void (session.basket = 1),
      '/read': ({ session }) => ({ ...session }),
    }),
  )
  const browser = server.visitor()
  const token = tokenIn(await browser.get('/first'))!
  await browser.get('/end')
  const other = visitor(server.url)
  const fresh = tokenIn(await other.get('/write', { Cookie: `sid=${token}` }))
  t.truthy(fresh)
  t.not(fresh, token)
  t.deepEqual((await other.get('/read')).body, { basket: 1 })
})

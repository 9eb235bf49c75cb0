import test from 'ava'
import Koa from 'koa'
import type { Middleware } from 'koa'
import {
  type Concurrency,
  MemoryStore,
  NullStore,
  SealedStore,
  session,
  SessionConfigError,
  type Store,
} from '../../src/index.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { type Loose, routes } from '../helpers/paths.ts'
import { pause } from '../helpers/pause.ts'
import { ScriptedStore } from '../helpers/scripted-store.ts'
import { type Handler, listen, serve, visitor } from '../helpers/serve.ts'

const simple = (): Store => new ScriptedStore(new MemoryStore(), { atomic: false, lock: false })

/** A server with one route whose concurrency differs; `inner` runs inside of the parent. */
async function withRoute(
  t: Loose,
  { parent, route, inner }: { parent?: Concurrency; route: Concurrency; inner: boolean },
  handler: Handler,
  before: Handler = (_ctx, next) => next(),
): Promise<{ url: string; conflicts: unknown[]; errors: unknown[] }> {
  const app = new Koa()
  const conflicts: unknown[] = []
  const errors: unknown[] = []
  app.on('session:conflict', ({ keys }) => conflicts.push(keys))
  app.on('error', (error) => errors.push(error))
  const sessions = session(app, { concurrency: parent })
  const sibling = sessions.with({ concurrency: route })
  app.use((ctx, next) =>
    ctx.path.startsWith('/route') && !inner ? next() : (sessions as unknown as Middleware)(ctx, next),
  )
  app.use(before as Middleware)
  app.use((ctx, next) =>
    ctx.path.startsWith('/route') ? (sibling as unknown as Middleware)(ctx, next) : next(),
  )
  app.use(handler as Middleware)
  return { url: await listen(t, app), conflicts, errors }
}

for (const inner of [true, false]) {
  const where = inner ? 'inside of its parent' : 'without its parent'

  test(`a route with 'lock' ${where} runs its requests one after another`, async (t) => {
    let running = 0
    let most = 0
    const { url } = await withRoute(
      t,
      { route: { mode: 'lock', wait: '1m', maxWaiters: 50 }, inner },
      routes({
        '/first': ({ session }) => void (session.count = 0),
        '/route': async ({ session }) => {
          most = Math.max(most, ++running)
          const { count } = session
          await new Promise(setImmediate)
          session.count = count + 1
          running--
        },
        '/read': ({ session }) => ({ ...session }),
      }),
    )
    const browser = visitor(url)
    await browser.get('/first')
    await Promise.all(Array.from({ length: 20 }, () => browser.get('/route')))
    t.is(most, 1)
    t.deepEqual((await browser.get('/read')).body, { count: 20 })
  })

  test(`a route with resolvers ${where} settles conflicts by them`, async (t) => {
    const hold = pause()
    const add = (base: unknown, mine: unknown, theirs: unknown): number =>
      Number(mine) + Number(theirs) - Number(base)
    const { url, conflicts } = await withRoute(
      t,
      { route: { mode: 'merge', resolve: { sum: add } }, inner },
      routes({
        '/first': ({ session }) => void (session.sum = 1),
        '/route': async ({ session }) => {
          session.sum += 10
          await hold.here()
        },
        '/other': ({ session }) => void (session.sum += 100),
        '/read': ({ session }) => ({ ...session }),
      }),
    )
    const browser = visitor(url)
    await browser.get('/first')
    await hold.during(browser.get('/route'), () => browser.get('/other'))
    t.deepEqual((await browser.get('/read')).body, { sum: 111 })
    t.deepEqual(conflicts, [['sum']])
  })

  test(`a route with 'last-write' ${where} writes over what others wrote`, async (t) => {
    const hold = pause()
    const { url } = await withRoute(
      t,
      { route: 'last-write', inner },
      routes({
        '/first': ({ session }) => void (session.first = 1),
        '/route': async ({ session }) => {
          session.mine = 1
          await hold.here()
        },
        '/other': ({ session }) => void (session.theirs = 1),
        '/read': ({ session }) => ({ ...session }),
      }),
    )
    const browser = visitor(url)
    await browser.get('/first')
    await hold.during(browser.get('/route'), () => browser.get('/other'))
    t.deepEqual((await browser.get('/read')).body, { first: 1, mine: 1 })
  })
}

test("a route that joins its parent's request with 'lock' reads again when it has the lock", async (t) => {
  const hold = pause()
  const { url } = await withRoute(
    t,
    { route: 'lock', inner: true },
    routes({
      '/first': ({ session }) => void (session.count = 0),
      '/route': ({ session }) => void (session.count += 1),
      '/add': ({ session }) => void (session.count += 10),
      '/read': ({ session }) => ({ ...session }),
    }),
    async (ctx, next) => {
      if (ctx.path === '/route') {
        t.is(ctx['session'].count, 0)
        await hold.here()
      }
      await next()
    },
  )
  const browser = visitor(url)
  await browser.get('/first')
  const route = await hold.during(browser.get('/route'), () => browser.get('/add'))
  t.is(route.status, 200)
  t.deepEqual((await browser.get('/read')).body, { count: 11 })
})

test('a session that was changed before the lock of a route is taken is an error, and nothing is saved', async (t) => {
  const { url, errors } = await withRoute(
    t,
    { route: 'lock', inner: true },
    routes({
      '/first': ({ session }) => void (session.count = 0),
      '/route': ({ session }) => void (session.count += 1),
      '/read': ({ session }) => ({ ...session }),
    }),
    async (ctx, next) => {
      if (ctx.path === '/route') ctx['session'].early = 1
      await next()
    },
  )
  const browser = visitor(url)
  await browser.get('/first')
  t.is((await browser.get('/route')).status, 500)
  t.like(errors[0], { code: 'ERR_SESSION_UNSUPPORTED' })
  t.deepEqual((await browser.get('/read')).body, { count: 0 })
})

test('a session that was destroyed before the lock of a route is had is not there for the route', async (t) => {
  const hold = pause()
  const { url } = await withRoute(
    t,
    { route: 'lock', inner: true },
    routes({
      '/first': ({ session }) => void (session.count = 0),
      '/route': ({ session }) => ({ ...session, why: session.endReason as string }),
      '/end': ({ session }) => session.destroy('signed out'),
    }),
    async (ctx, next) => {
      if (ctx.path === '/route') {
        t.is(ctx['session'].count, 0)
        await hold.here()
      }
      await next()
    },
  )
  const browser = visitor(url)
  await browser.get('/first')
  const route = await hold.during(browser.get('/route'), () => browser.get('/end'))
  t.deepEqual(route.body, { why: 'signed out' })
})

const REFUSED: readonly [string, () => object, Concurrency][] = [
  ['merge on a store that is not atomic', () => ({ store: simple() }), 'merge'],
  ['lock on a store without locks', () => ({ store: simple() }), { mode: 'lock' }],
  [
    'merge on a sealed store',
    () => ({ store: new SealedStore({ keys: ['a key of thirty-two characters!!'] }) }),
    'merge',
  ],
  [
    'lock on a sealed store',
    () => ({ store: new SealedStore({ keys: ['a key of thirty-two characters!!'] }) }),
    'lock',
  ],
  ['lock on the null store', () => ({ store: new NullStore() }), 'lock'],
]

for (const [what, options, concurrency] of REFUSED) {
  test(`refused at start: ${what}`, (t) => {
    const error = t.throws(() => session(new Koa(), { ...options(), concurrency }), {
      instanceOf: SessionConfigError,
    })
    t.regex(error.message, /cannot/)
    const sessions = session(new Koa(), options())
    t.throws(() => sessions.with({ concurrency }), { instanceOf: SessionConfigError })
  })
}

test('a store that is not atomic: the default is last-write', async (t) => {
  const hold = pause()
  const { visitor: open } = await serve(
    t,
    routes({
      '/first': ({ session }) => void (session.first = 1),
      '/slow': async ({ session }) => {
        session.slow = 1
        await hold.here()
      },
      '/fast': ({ session }) => void (session.fast = 1),
      '/read': ({ session }) => ({ ...session }),
    }),
    { store: simple() },
  )
  const browser = open()
  await browser.get('/first')
  await hold.during(browser.get('/slow'), () => browser.get('/fast'))
  t.deepEqual((await browser.get('/read')).body, { first: 1, slow: 1 })
})

test('a store that is not atomic: update rejects with UnsupportedError, and the session stays', async (t) => {
  const { visitor: open, errors } = await serve(
    t,
    routes({
      '/first': ({ session }) => void (session.n = 1),
      '/update': ({ session }) => session.update((data: Loose) => data.n++) as unknown,
      '/read': ({ session }) => ({ ...session }),
    }),
    { store: simple() },
  )
  const browser = open()
  await browser.get('/first')
  t.is((await browser.get('/update')).status, 500)
  t.like(errors[0], { code: 'ERR_SESSION_UNSUPPORTED', name: 'UnsupportedError' })
  t.deepEqual((await browser.get('/read')).body, { n: 1 })
})

for (const [ends, end] of Object.entries({
  destroyed: ({ session }: Loose): unknown => session.destroy(),
  'given a new id': ({ session }: Loose): unknown => session.changeId(),
  regenerated: ({ session }: Loose): unknown => session.regenerate(),
  expired: ({ app }: Loose): unknown => app.emit('expire'),
})) {
  test(`a store that is not atomic: a slow request does not revive a session that was ${ends}`, async (t) => {
    const hold = pause()
    const clock = fakeClock()
    const server = await serve(
      t,
      routes({
        '/first': ({ session }) => void (session.user = 'ann'),
        '/slow': async ({ session }) => {
          session.late = 1
          await hold.here()
        },
        '/end': (ctx) => void end(ctx),
        '/read': ({ session }) => ({ ...session }),
      }),
      { store: simple(), clock },
    )
    server.app.on('expire', () => clock.advance('3h'))
    const browser = server.visitor()
    const { cookies } = await browser.get('/first')
    const slow = await hold.during(browser.get('/slow'), () => browser.get('/end'))
    t.deepEqual(slow.cookies, [])
    const cookie = { Cookie: cookies[0]!.split(';')[0]! }
    t.deepEqual((await visitor(server.url).get('/read', cookie)).body, {})
    t.deepEqual(
      server.events.flatMap(([name, { keys }]) => (name === 'conflict' ? [keys] : [])),
      [['late']],
    )
  })
}

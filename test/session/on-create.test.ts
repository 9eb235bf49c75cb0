import test, { type ExecutionContext } from 'ava'
import { type Session, stage, type TokenFormat } from '../../src/index.ts'
import { type Loose, routes, tokenIn } from '../helpers/paths.ts'
import { linesIn } from '../helpers/records.ts'
import { serve } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'
import { until } from '../helpers/file-folder.ts'

/** The ways in which a record comes into being, each in a request without a session. */
const PATHS: Record<string, (ctx: Loose) => unknown> = {
  '/commit': ({ session }) => void (session.user = 'ann'),
  '/save': ({ session }) => {
    session.user = 'ann'
    return session.save()
  },
  '/touch': ({ session }) => session.touch(),
  '/update': ({ session }) => session.update((data: Loose) => void (data.user = 'ann')),
  '/flash': ({ session }) => void (session.flash.notice = 'Saved'),
  '/lifetime': ({ session }) => void (session.idleTimeout = '1h'),
  '/change-id': async ({ session }) => {
    session.user = 'ann'
    await session.changeId()
  },
  '/regenerate': async (ctx) => {
    ctx.session.user = 'ann'
    await ctx.session.regenerate({ keep: true })
  },
  '/regenerate-write': async (ctx) => {
    await ctx.session.regenerate()
    ctx.session.user = 'ann'
  },
  '/late-store': ({ session }) => void Object.assign(session, { user: 'ann', lateStore: true }),
}

/** A server whose sessions begin with a cart and a note of a stage, counted. */
async function beginning(
  t: ExecutionContext,
  { fn, ...options }: { fn?: (session: Session) => void; token?: TokenFormat } = {},
) {
  const store = new WatchedStore()
  let runs = 0
  const cart = stage('app:cart', function* (_ctx, session) {
    session.onCreate(() => fn?.(session) ?? Object.assign(session.data, { cart: [], run: (runs += 1) }))
    session.onCreate(() => void (session.annotations['born'] = runs))
  })
  const server = await serve(
    t,
    routes({
      ...PATHS,
      '/read': ({ session }) => ({ ...session }),
      '/nothing': ({ session }) => String(session.user),
      '/empty-regenerate': (ctx) => ctx['session'].regenerate(),
      '/seen': async ({ session }) => {
        session.user = 'ann'
        await session.save()
        const seen = structuredClone({ ...session })
        session.cart.push('tea')
        return seen
      },
    }),
    { store, stages: (defaults: Loose) => defaults.after('flash', cart), ...options },
  )
  const lines = (): string[] =>
    linesIn(store.inner, server.events.findLast(([name]) => name === 'created')![1].id!)
  return { ...server, store, lines, runs: () => runs }
}

for (const path of Object.keys(PATHS)) {
  test(`what onCreate writes is in the record that ${path} begins, in one write`, async (t) => {
    const { visitor: open, store, lines, runs } = await beginning(t)
    const browser = open()
    const answer = await browser.get(path)
    t.is(answer.status, 200)
    t.truthy(tokenIn(answer))
    await until(() => store.writes.length > 0)
    t.deepEqual(store.writes, ['set'])
    for (const line of ['d"cart":[]', 'd"run":1', 'a"born":1']) t.true(lines().includes(line), line)
    t.like((await browser.get('/read')).body, { cart: [], run: 1 })
    t.is(runs(), 1)
  })
}

test('it runs again for the session that regenerate begins, with keys or without, and not for changeId', async (t) => {
  const { visitor: open, runs, store } = await beginning(t)
  const browser = open()
  await browser.get('/commit')
  await browser.get('/change-id')
  t.is(runs(), 1)
  await browser.get('/regenerate')
  t.is(runs(), 2)
  t.deepEqual((await browser.get('/read')).body, { user: 'ann', cart: [], run: 2 })
  await browser.get('/regenerate-write')
  t.is(runs(), 3)
  t.deepEqual((await browser.get('/read')).body, { user: 'ann', cart: [], run: 3 })
  t.true(store.inner.size > 0)
})

test('it begins no session by itself', async (t) => {
  const { visitor: open, runs, store } = await beginning(t)
  const browser = open()
  for (const path of ['/nothing', '/read', '/empty-regenerate'])
    t.deepEqual((await browser.get(path)).cookies, [])
  t.deepEqual([runs(), store.calls], [0, []])
})

test('the request sees what was written, and can change it', async (t) => {
  const { visitor: open } = await beginning(t)
  const browser = open()
  t.deepEqual((await browser.get('/seen')).body, { user: 'ann', cart: [], run: 1 })
  t.deepEqual((await browser.get('/read')).body, { user: 'ann', cart: ['tea'], run: 1 })
})

test('it does not run for a session that is stored', async (t) => {
  const { visitor: open, runs } = await beginning(t)
  const browser = open()
  await browser.get('/commit')
  await browser.get('/save')
  await browser.get('/touch')
  await browser.get('/update')
  t.is(runs(), 1)
})

test('it runs for the session that begins after destroy', async (t) => {
  let runs = 0
  const counting = stage('app:counting', function* (_ctx, session) {
    session.onCreate(() => Object.assign(session.data, { run: (runs += 1) }))
  })
  const { visitor: open } = await serve(
    t,
    routes({
      '/': async (ctx) => {
        ctx['session'].user = 'ann'
        await ctx['session'].save()
        await ctx['session'].destroy()
        ctx['session'].user = 'bob'
      },
      '/read': ({ session }) => ({ ...session }),
    }),
    { stages: (defaults: Loose) => defaults.after('flash', counting) },
  )
  const browser = open()
  await browser.get('/')
  t.deepEqual((await browser.get('/read')).body, { user: 'bob', run: 2 })
})

for (const path of Object.keys(PATHS).filter((one) => one !== '/late-store')) {
  test(`an onCreate that throws fails ${path}, and no session begins`, async (t) => {
    const {
      visitor: open,
      errors,
      store,
    } = await beginning(t, {
      fn: () => {
        throw new Error('no')
      },
    })
    const { status, cookies } = await open().get(path)
    t.deepEqual([status, cookies, store.writes], [500, [], []])
    t.is(String(errors[0]), 'Error: no')
  })
}

test('it is given nothing', async (t) => {
  const given: unknown[][] = []
  const { visitor: open } = await serve(t, ({ session }: Loose) => void (session.user = 'ann'), {
    stages: (defaults: Loose) =>
      defaults.after(
        'flash',
        stage('app:given', function* (_ctx, session) {
          session.onCreate((...all: unknown[]) => void given.push(all))
        }),
      ),
  })
  await open().get('/')
  t.deepEqual(given, [[]])
})

test('when the id of a new record is taken and another one is drawn, it has run once', async (t) => {
  let drawn = -2
  // The first two are drawn at start and have to differ; after them each comes twice.
  const generate = (): string => `token-${String(drawn++ < 0 ? drawn + 900 : drawn >> 1).padStart(30, '0')}`
  const { visitor: open, runs } = await beginning(t, {
    token: { generate, validate: (token) => token.startsWith('token-') },
  })
  const answers = [await open().get('/commit'), await open().get('/commit'), await open().get('/commit')]
  t.is(new Set(answers.map((answer) => tokenIn(answer))).size, 3)
  t.is(runs(), 3)
})

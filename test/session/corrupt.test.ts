import test, { type ExecutionContext } from 'ava'
import { stage } from '../../src/index.ts'
import { type Loose, routes, tokenIn } from '../helpers/paths.ts'
import { linesIn, plant } from '../helpers/records.ts'
import { serve } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

const LINES = ['d"user":"ann"', 'd"cart":{"items":[']

/** A server whose one session holds `lines`, as some accident may have left them. */
async function withLines(
  t: ExecutionContext,
  lines: readonly string[],
  act: (session: Loose, ctx: Loose) => unknown,
) {
  const store = new WatchedStore()
  const watcher = stage('app:watcher', function* (ctx, session) {
    if (ctx.path === '/annotation') ctx.body = { seen: session.annotations['audit'] }
  })
  const server = await serve(
    t,
    routes({
      '/write': ({ session }) => (session.user = 'ann'),
      '/act': async (ctx) => (await act(ctx['session'], ctx)) ?? {},
      '/user': ({ session }) => ({ user: String(session.user), has: 'cart' in session }),
      '/state': ({ session }) => ({ isNew: session.isNew }),
    }),
    { store, stages: (defaults: Loose) => defaults.after('flash', watcher) },
  )
  const browser = server.visitor()
  await browser.get('/write')
  const id = server.events[0]![1].id!
  plant(store.inner, id, lines)
  server.events.length = 0
  store.forget()
  return { ...server, browser, store, id }
}

const READS: Record<string, (session: Loose) => unknown> = {
  'reading it': (session) => session.cart,
  'listing with values': (session) => ({ ...session }),
  'turning it into JSON': (session) => JSON.stringify(session),
  'reading it in update': (session) => session.update((data: Loose) => void data.cart),
}

for (const [what, read] of Object.entries(READS)) {
  test(`a value that does not parse is an error by ${what}, and the session ends`, async (t) => {
    const { browser, events, errors, id } = await withLines(t, LINES, read)
    const answer = await browser.get('/act')
    t.deepEqual([answer.status, tokenIn(answer)], [500, ''])
    t.like(errors[0], { code: 'ERR_SESSION_CORRUPT', name: 'CorruptRecordError' })
    t.regex(String(errors[0]), /'cart'/)
    t.true((errors[0] as Error).cause instanceof SyntaxError)
    t.deepEqual(
      events.map(([name, event]) => [name, event.id]),
      [
        ['corrupt', id],
        ['destroyed', id],
      ],
    )
    t.deepEqual((await browser.get('/state')).body, { isNew: true })
  })
}

test('no error and no event about a value that does not parse tells what it was', async (t) => {
  const { browser, events, errors } = await withLines(t, ['d"cart":secret text'], (session) => session.cart)
  await browser.get('/act')
  t.false(String((errors[0] as Error).message).includes('secret'))
  t.false(events.some(([, { reason }]) => reason?.includes('secret')))
})

test('an error about a value that is caught lets the request go on, with a session that has ended', async (t) => {
  const { browser, events } = await withLines(t, LINES, (session, ctx) => {
    const { code } = t.throws(() => session.cart as unknown) as Loose
    const seen = { code, isNew: ctx.session.isNew, keys: Object.keys(ctx.session) }
    ctx.session.user = 'bob'
    return seen
  })
  const answer = await browser.get('/act')
  t.deepEqual(answer.body, { code: 'ERR_SESSION_CORRUPT', isNew: true, keys: [] })
  t.truthy(tokenIn(answer))
  t.deepEqual(
    events.map(([name]) => name),
    ['corrupt', 'destroyed', 'created'],
  )
  t.deepEqual((await browser.get('/user')).body, { user: 'bob', has: false })
})

test('what does not parse disturbs nobody who does not read it, and is there', async (t) => {
  const { browser, events, store } = await withLines(t, LINES, () => undefined)
  t.deepEqual((await browser.get('/user')).body, { user: 'ann', has: true })
  t.deepEqual([events, store.writes], [[], []])
})

test('what does not parse is carried over as it is by a change of other keys', async (t) => {
  const { browser, store, id } = await withLines(t, LINES, (session) => (session.user = 'bob'))
  t.is((await browser.get('/act')).status, 200)
  t.deepEqual(linesIn(store.inner, id), ['d"user":"bob"', LINES[1]])
})

for (const [what, repair, line] of [
  ['assigned over', (session: Loose) => (session.cart = 'new'), ['d"cart":"new"']],
  ['deleted', (session: Loose) => void delete session.cart, []],
  [
    'replaced with the rest',
    (_session: Loose, ctx: Loose) => void (ctx.session = { cart: 'new' }),
    ['d"cart":"new"'],
  ],
] as const) {
  test(`what does not parse can be ${what} without reading it`, async (t) => {
    const { browser, store, events, id } = await withLines(t, LINES, repair)
    t.is((await browser.get('/act')).status, 200)
    t.deepEqual(events, [])
    t.deepEqual(
      linesIn(store.inner, id).filter((one) => one.startsWith('d"cart"')),
      [...line],
    )
  })
}

test('a message of the flash that does not parse is an error where it is read', async (t) => {
  const { browser, errors, events } = await withLines(t, ['f"notice":1 {'], (session) => session.flash.notice)
  t.is((await browser.get('/act')).status, 500)
  t.like(errors[0], { code: 'ERR_SESSION_CORRUPT' })
  t.regex(String(errors[0]), /'flash\.notice'/)
  t.is(events[0]![0], 'corrupt')
  t.deepEqual((await browser.get('/state')).body, { isNew: true })
})

test('an annotation that does not parse is an error where it is read', async (t) => {
  const { browser, errors, events } = await withLines(t, ['a"audit":{'], () => undefined)
  t.is((await browser.get('/annotation')).status, 500)
  t.like(errors[0], { code: 'ERR_SESSION_CORRUPT' })
  t.regex(String(errors[0]), /'annotations\.audit'/)
  t.is(events[0]![0], 'corrupt')
  t.deepEqual((await browser.get('/state')).body, { isNew: true })
})

for (const line of ['d', 'd"user', 'duser:1', 'd"us\\er":1', 'garbage']) {
  test(`the line ${line}, which has no name, is an error where the keys are listed`, async (t) => {
    const lines = line === 'garbage' ? ['dgarbage'] : [line]
    const { browser, errors, events } = await withLines(t, lines, (session) => Object.keys(session))
    t.is((await browser.get('/act')).status, 500)
    t.like(errors[0], { code: 'ERR_SESSION_CORRUPT' })
    t.is(events[0]![0], 'corrupt')
    t.deepEqual((await browser.get('/state')).body, { isNew: true })
  })
}

test('a line of a kind that is not known is carried over', async (t) => {
  const lines = ['z"later":1', 'd"user":"ann"']
  const { browser, store, id } = await withLines(t, lines, (session) => {
    session.user = 'bob'
    return { ...session }
  })
  t.deepEqual((await browser.get('/act')).body, { user: 'bob' })
  t.deepEqual(linesIn(store.inner, id), [lines[0], 'd"user":"bob"'])
})

import test from 'ava'
import { routes, tokenIn } from '../helpers/paths.ts'
import { serve } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'
import { codesOfWrites, UNAVAILABLE } from '../helpers/writes.ts'

class Profile {
  user = 'ann'
}

const app = routes({
  '/write': (ctx) => Object.assign(ctx['session'], { user: 'ann', cart: [1] }),
  '/null': (ctx) => {
    ctx['session'] = null
    return { isNew: ctx['session'].isNew, keys: Object.keys(ctx['session']) }
  },
  '/null-and-begin': (ctx) => {
    ctx['session'] = null
    ctx['session'].user = 'bob'
  },
  '/replace': (ctx) => {
    const before = ctx['session']
    const { id } = before
    ctx['session'] = { user: 'bob', lang: 'de' }
    return { same: before === ctx['session'], id: id === ctx['session'].id, data: { ...ctx['session'] } }
  },
  '/itself': (ctx) => {
    // oxlint-disable-next-line no-self-assign -- what middleware for other sessions does
    ctx['session'] = ctx['session']
  },
  '/class': (ctx) => (ctx['session'] = new Profile()),
  '/bare': (ctx) => (ctx['session'] = Object.assign(Object.create(null), { user: 'bob' })),
  '/empty': (ctx) => {
    ctx['session'] = {}
  },
  '/read': ({ session }) => ({ ...session }),
  '/left-behind': (ctx) => {
    const old = ctx['session']
    ctx['session'] = null
    return { same: old === ctx['session'], codes: codesOfWrites(old), old: { ...old } }
  },
})

test('ctx.session = null ends the session on both sides', async (t) => {
  const store = new WatchedStore()
  const { visitor, events } = await serve(t, app, { store })
  const browser = visitor()
  await browser.get('/write')
  const answer = await browser.get('/null')
  t.deepEqual(answer.body, { isNew: true, keys: [] })
  t.is(tokenIn(answer), '')
  t.deepEqual(
    events.map(([name]) => name),
    ['created', 'destroyed'],
  )
  t.deepEqual((await browser.get('/read')).body, {})
})

test('ctx.session = null without a session does nothing', async (t) => {
  const store = new WatchedStore()
  const { visitor, events } = await serve(t, app, { store })
  const { status, cookies } = await visitor().get('/null')
  t.deepEqual([status, cookies, store.calls, events], [200, [], [], []])
})

test('writing after ctx.session = null begins a session with a token of its own', async (t) => {
  const browser = (await serve(t, app)).visitor()
  const old = tokenIn(await browser.get('/write'))
  const now = tokenIn(await browser.get('/null-and-begin'))
  t.regex(now!, /^[\w-]{43}$/)
  t.not(now, old)
  t.deepEqual((await browser.get('/read')).body, { user: 'bob' })
})

test('the object of a session that was ended keeps its values, and every write to it is an error', async (t) => {
  const browser = (await serve(t, app)).visitor()
  await browser.get('/write')
  const { body } = await browser.get('/left-behind')
  t.deepEqual(body, { same: false, codes: UNAVAILABLE, old: { user: 'ann', cart: [1] } })
})

test('ctx.session = { … } replaces the data and keeps the session and its object', async (t) => {
  const browser = (await serve(t, app)).visitor()
  await browser.get('/write')
  const answer = await browser.get('/replace')
  t.deepEqual(answer.body, { same: true, id: true, data: { user: 'bob', lang: 'de' } })
  t.deepEqual(answer.cookies, [])
  t.deepEqual((await browser.get('/read')).body, { user: 'bob', lang: 'de' })
})

test('ctx.session = { … } begins a session', async (t) => {
  const browser = (await serve(t, app)).visitor()
  t.truthy(tokenIn(await browser.get('/replace')))
  t.deepEqual((await browser.get('/read')).body, { user: 'bob', lang: 'de' })
})

test('ctx.session = {} keeps a stored session and begins none', async (t) => {
  const store = new WatchedStore()
  const { visitor } = await serve(t, app, { store })
  const browser = visitor()
  await browser.get('/empty')
  t.deepEqual(store.calls, [])
  await browser.get('/write')
  t.deepEqual((await browser.get('/empty')).cookies, [])
  t.deepEqual((await browser.get('/read')).body, {})
  t.deepEqual(store.writes, ['set', 'set'])
})

test('ctx.session = ctx.session changes nothing', async (t) => {
  const store = new WatchedStore()
  const browser = (await serve(t, app, { store })).visitor()
  await browser.get('/write')
  store.forget()
  await browser.get('/itself')
  t.deepEqual(store.calls, ['get'])
})

for (const path of ['/class', '/bare']) {
  test(`the object of ${path} is a bag of properties like another`, async (t) => {
    const browser = (await serve(t, app)).visitor()
    t.is((await browser.get(path)).status, 200)
    t.truthy(((await browser.get('/read')).body as { user?: string }).user)
  })
}

const WRONG: Record<string, unknown> = {
  Undefined: undefined,
  Boolean: false,
  Number: 1,
  String: 'user',
  Array: [{ user: 'ann' }],
  Function: () => undefined,
  Symbol: Symbol('user'),
  BigInt: 1n,
  Map: new Map([['user', 'ann']]),
  Date: new Date(0),
}

for (const [kind, value] of Object.entries(WRONG)) {
  test(`assigning a value of the kind ${kind} is a TypeError, and the session stays as it was`, async (t) => {
    const handler = routes({
      '/write': ({ session }) => (session.user = 'ann'),
      '/assign': (ctx) => {
        ctx['session'] = value
      },
    })
    const { visitor, errors, store } = await serve(t, handler, { store: new WatchedStore() })
    const browser = visitor()
    await browser.get('/write')
    t.is((await browser.get('/assign')).status, 500)
    t.true(errors[0] instanceof TypeError)
    t.is(
      (errors[0] as Error).message,
      `Expected ctx.session to be set to an object of data or to null, got ${kind}.`,
    )
    t.deepEqual((store as WatchedStore).writes, ['set'])
  })
}

import test from 'ava'
import { gate } from '../helpers/gate.ts'
import { type Loose, routes, tokenIn } from '../helpers/paths.ts'
import { serve, visitor } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'
import { codesOfWrites, UNAVAILABLE } from '../helpers/writes.ts'

const app = routes({
  '/write': ({ session }) => Object.assign(session, { count: 1, user: 'ann' }),
  '/read': ({ session }) => ({ ...session }),
  '/increment': async ({ session }) => ({
    result: await session.update((data: Loose) => (data.count = (data.count ?? 0) + 1)),
    shown: session.count,
  }),
  '/mixed': async ({ session }) => {
    session.user = 'bob'
    session.count = 100
    session.extra = true
    await session.update((data: Loose) => (data.count += 1))
    return { ...session }
  },
  '/delete': async ({ session }) => {
    session.count = 5
    await session.update((data: Loose) => delete data.count)
    return { ...session }
  },
  '/async': ({ session }) =>
    session.update(async (data: Loose) => {
      await new Promise(setImmediate)
      data.count = 9
      return { done: true }
    }),
  '/throws': ({ session }) =>
    session.update((data: Loose) => {
      data.count = -1
      throw new Error('no')
    }),
  '/cycle': ({ session }) =>
    session.update((data: Loose) => {
      data.loop = data
    }),
})

test('update resolves to what the function returned, and the session shows the result', async (t) => {
  const browser = (await serve(t, app)).visitor()
  await browser.get('/write')
  t.deepEqual((await browser.get('/increment')).body, { result: 2, shown: 2 })
  t.like((await browser.get('/read')).body, { count: 2 })
})

test('update waits for an asynchronous function', async (t) => {
  const browser = (await serve(t, app)).visitor()
  await browser.get('/write')
  t.deepEqual((await browser.get('/async')).body, { done: true })
  t.like((await browser.get('/read')).body, { count: 9 })
})

const meanwhile: [path: string, status: number, body: object][] = [
  ['/increment', 200, { seen: 2 }],
  ['/leave', 503, {}],
]
for (const [path, status, body] of meanwhile) {
  test(`a function that only looks, while ${path} was faster, gets the newest data or a conflict`, async (t) => {
    const [loaded, go] = [gate(), gate()]
    const server = await serve(
      t,
      routes({
        '/write': ({ session }) => void (session.count = 1),
        '/increment': ({ session }) => void (session.count += 1),
        '/leave': ({ session }) => session.destroy(),
        '/look': async ({ session }) => {
          loaded.open()
          await go.opened
          return { seen: await session.update((data: Loose) => data.count) }
        },
      }),
    )
    const browser = server.visitor()
    await browser.get('/write')
    const look = browser.get('/look')
    await loaded.opened
    await browser.get(path)
    go.open()
    const answer = await look
    t.is(answer.status, status)
    t.deepEqual(answer.body, body)
  })
}

test('unsaved changes of other keys stay, those of the same keys yield', async (t) => {
  const browser = (await serve(t, app)).visitor()
  await browser.get('/write')
  const result = { count: 2, user: 'bob', extra: true }
  t.deepEqual((await browser.get('/mixed')).body, result)
  t.deepEqual((await browser.get('/read')).body, result)
})

test('an unsaved change yields to a deletion by update', async (t) => {
  const browser = (await serve(t, app)).visitor()
  await browser.get('/write')
  t.deepEqual((await browser.get('/delete')).body, { user: 'ann' })
  t.deepEqual((await browser.get('/read')).body, { user: 'ann' })
})

test('update begins a session', async (t) => {
  const { visitor, events } = await serve(t, app)
  const browser = visitor()
  const answer = await browser.get('/increment')
  t.deepEqual(answer.body, { result: 1, shown: 1 })
  t.truthy(tokenIn(answer))
  t.deepEqual(
    events.map(([name]) => name),
    ['created'],
  )
  t.deepEqual((await browser.get('/read')).body, { count: 1 })
})

for (const path of ['/throws', '/cycle']) {
  test(`a function that fails by ${path} changes nothing`, async (t) => {
    const store = new WatchedStore()
    const browser = (await serve(t, app, { store })).visitor()
    await browser.get('/write')
    store.forget()
    t.is((await browser.get(path)).status, 500)
    t.deepEqual(store.writes, [])
    t.deepEqual((await browser.get('/read')).body, { count: 1, user: 'ann' })
  })
}

test('update runs again on the newest copy when a parallel request was faster', async (t) => {
  let runs = 0
  const { visitor: newVisitor, url } = await serve(
    t,
    routes({
      '/write': ({ session }) => (session.count = 1),
      '/ten': ({ session }) => (session.count = 10),
      '/read': ({ session }) => ({ ...session }),
      '/': async (ctx) =>
        ctx['session'].update(async (data: Loose) => {
          runs += 1
          if (runs === 1) await visitor(url).get('/ten', { Cookie: ctx.get('Cookie') })
          data.count += 1
        }),
    }),
  )
  const browser = newVisitor()
  await browser.get('/write')
  await browser.get('/')
  t.is(runs, 2)
  t.deepEqual((await browser.get('/read')).body, { count: 11 })
})

test('update of a session that a parallel request ended rejects, and revives nothing', async (t) => {
  const {
    visitor: newVisitor,
    url,
    errors,
  } = await serve(
    t,
    routes({
      '/write': ({ session }) => (session.count = 1),
      '/end': ({ session }) => session.destroy(),
      '/read': ({ session }) => ({ ...session, isNew: session.isNew }),
      '/': async (ctx) =>
        ctx['session'].update(async (data: Loose) => {
          await visitor(url).get('/end', { Cookie: ctx.get('Cookie') })
          data.count += 1
        }),
    }),
  )
  const browser = newVisitor()
  await browser.get('/write')
  const answer = await browser.get('/')
  t.deepEqual([answer.status, answer.cookies], [503, []])
  t.like(errors[0], { code: 'ERR_SESSION_CONFLICT' })
  t.deepEqual((await browser.get('/read')).body, { isNew: true })
})

test('100 parallel increments count 100', async (t) => {
  const browser = (await serve(t, app)).visitor()
  await browser.get('/write')
  await Promise.all(Array.from({ length: 100 }, () => browser.get('/increment')))
  t.like((await browser.get('/read')).body, { count: 101 })
})

test('the data of update are tracked as the session is, have none of its verbs, and are dead afterwards', async (t) => {
  const seen: Loose = {}
  const { visitor: newVisitor, errors } = await serve(
    t,
    routes({
      '/write': ({ session }) => Object.assign(session, { cart: ['tea'], user: 'ann' }),
      '/read': ({ session }) => ({ ...session }),
      '/': async ({ session }) => {
        await session.update((data: Loose) => {
          seen.data = data
          seen.members = ['destroy', 'flash', 'id'].map((name) => typeof data[name])
          data.cart.push('cup')
          delete data.user
        })
        return { ...session, codes: codesOfWrites(seen.data) }
      },
    }),
  )
  const browser = newVisitor()
  await browser.get('/write')
  t.deepEqual((await browser.get('/')).body, { cart: ['tea', 'cup'], codes: UNAVAILABLE })
  t.deepEqual(seen.members, ['undefined', 'undefined', 'undefined'])
  t.deepEqual({ ...seen.data }, { cart: ['tea', 'cup'] })
  t.deepEqual((await browser.get('/read')).body, { cart: ['tea', 'cup'] })
  t.deepEqual(errors, [])
})

test('update is refused on a store without atomic writes', async (t) => {
  const store = new WatchedStore()
  Object.assign(store, { capabilities: { ...store.capabilities, atomic: false } })
  const { visitor, errors } = await serve(t, app, { store })
  t.is((await visitor().get('/increment')).status, 500)
  t.like(errors[0], { code: 'ERR_SESSION_UNSUPPORTED' })
})

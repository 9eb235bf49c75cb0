import test from 'ava'
import { beginWith } from '../helpers/begin.ts'
import { routes, tokenIn } from '../helpers/paths.ts'
import { serve } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

const app = routes({
  '/write': ({ session }) => (session.user = 'ann'),
  '/read': ({ session }) => ({ ...session, isNew: session.isNew }),
  '/no-store': ({ session }) => {
    session.noStore = true
    session.user = 'bob'
  },
  '/no-store-change-id': async ({ session }) => {
    session.noStore = true
    session.user = 'bob'
    await session.changeId()
  },
  '/no-store-destroy': async ({ session }) => {
    session.noStore = true
    session.lateStore = true
    await session.destroy()
  },
  '/no-store-late-store': ({ session }) => {
    session.noStore = true
    session.lateStore = true
    session.user = 'bob'
  },
  '/late-store': ({ session }) => {
    session.lateStore = true
    session.user = 'bob'
  },
  '/late-store-change-id': async ({ session }) => {
    session.lateStore = true
    session.user = 'bob'
    await session.changeId()
  },
  '/change-id-destroy': ({ session }) => Promise.all([session.changeId(), session.destroy('logout')]),
  '/destroy-change-id': ({ session }) => Promise.all([session.destroy('logout'), session.changeId()]),
  '/regenerate-destroy': ({ session }) =>
    Promise.all([session.regenerate({ keep: true }), session.destroy('logout')]),
  '/regenerate-nothing-destroy': ({ session }) =>
    Promise.all([session.regenerate(), session.destroy('logout')]),
  '/change-id-null': async (ctx) => {
    const change = ctx['session'].changeId()
    ctx['session'] = null
    await change
  },
})

const begin = beginWith(app)

test('noStore saves no changes', async (t) => {
  const { browser, store } = await begin(t)
  const { cookies } = await browser.get('/no-store')
  t.deepEqual([cookies, store.writes], [[], []])
  t.deepEqual((await browser.get('/read')).body, { user: 'ann', isNew: false })
})

test('noStore creates no session', async (t) => {
  const store = new WatchedStore()
  const { visitor } = await serve(t, app, { store })
  const { cookies } = await visitor().get('/no-store')
  t.deepEqual([cookies, store.calls], [[], []])
})

test('noStore is still a use of the session', async (t) => {
  const { browser, store, clock } = await begin(t)
  clock.advance('1h')
  await browser.get('/no-store')
  t.deepEqual(store.writes, ['touch'])
})

test('changeId with noStore keeps the stored data under the new id', async (t) => {
  const { browser } = await begin(t)
  t.truthy(tokenIn(await browser.get('/no-store-change-id')))
  t.deepEqual((await browser.get('/read')).body, { user: 'ann', isNew: false })
})

test('changeId with lateStore moves the session at once and saves the changes later', async (t) => {
  const { browser } = await begin(t)
  t.truthy(tokenIn(await browser.get('/late-store-change-id')))
  t.deepEqual((await browser.get('/read')).body, { user: 'bob', isNew: false })
})

test('destroy is carried out whatever noStore and lateStore say', async (t) => {
  const { browser } = await begin(t)
  t.is(tokenIn(await browser.get('/no-store-destroy')), '')
  t.deepEqual((await browser.get('/read')).body, { isNew: true })
})

for (const path of [
  '/change-id-destroy',
  '/destroy-change-id',
  '/regenerate-destroy',
  '/regenerate-nothing-destroy',
  '/change-id-null',
]) {
  test(`destroy wins over a change of id by ${path}`, async (t) => {
    const { browser, events, store } = await begin(t)
    const answer = await browser.get(path)
    t.deepEqual([answer.status, tokenIn(answer)], [200, ''])
    t.deepEqual(
      events.map(([name]) => name),
      ['created', 'destroyed'],
    )
    t.deepEqual((await browser.get('/read')).body, { isNew: true })
    t.true(store.writes.length > 0)
  })
}

test('noStore wins over lateStore: no session is promised and none is stored', async (t) => {
  const store = new WatchedStore()
  const { visitor } = await serve(t, app, { store })
  const { cookies } = await visitor().get('/no-store-late-store')
  t.deepEqual([cookies, store.calls], [[], []])
})

test('noStore wins over lateStore: no later deadline is promised than the record gets', async (t) => {
  const { browser, clock, store } = await begin(t, { cookie: { persistent: true } })
  clock.advance('30s')
  const { cookies } = await browser.get('/no-store-late-store')
  t.deepEqual([cookies, store.writes], [[], []])
})

test('lateStore sends the cookie with the headers', async (t) => {
  const store = new WatchedStore()
  const { visitor } = await serve(t, app, { store })
  const browser = visitor()
  t.truthy(tokenIn(await browser.get('/late-store')))
  t.deepEqual((await browser.get('/read')).body, { user: 'bob', isNew: false })
})

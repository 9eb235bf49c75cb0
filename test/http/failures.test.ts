import test from 'ava'
import { beginWith } from '../helpers/begin.ts'
import { type Loose, routes, tokenIn } from '../helpers/paths.ts'
import { serve } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

const app = routes({
  '/write': ({ session }) => {
    session.user = 'ann'
    session.count = 0
  },
  '/read': ({ session }) => ({ ...session, isNew: session.isNew }),
  '/throw': ({ session }) => {
    session.user = 'bob'
    throw new Error('no')
  },
  '/save-then-throw': async ({ session }) => {
    session.user = 'saved'
    await session.save()
    session.user = 'half-done'
    throw new Error('no')
  },
  '/update-then-throw': async ({ session }) => {
    await session.update((data: Loose) => (data.count += 1))
    session.user = 'half-done'
    throw new Error('no')
  },
  '/destroy-then-throw': async ({ session }) => {
    await session.destroy()
    throw new Error('no')
  },
  '/null-then-throw': (ctx) => {
    ctx['session'] = null
    throw new Error('no')
  },
  '/change-id-then-throw': async ({ session }) => {
    await session.changeId()
    session.user = 'half-done'
    throw new Error('no')
  },
  '/regenerate-then-throw': async (ctx) => {
    await ctx['session'].regenerate({ keep: ['count'] })
    ctx['session'].user = 'half-done'
    throw new Error('no')
  },
})

const begin = beginWith(app)

test('a failure still counts as use', async (t) => {
  const { browser, store, clock } = await begin(t)
  clock.advance('1h')
  await browser.get('/throw')
  t.deepEqual(store.writes, ['touch'])
  clock.advance('90m')
  t.like((await browser.get('/read')).body, { user: 'ann', isNew: false })
})

test('a failure keeps what save() has committed', async (t) => {
  const { browser } = await begin(t)
  await browser.get('/save-then-throw')
  t.like((await browser.get('/read')).body, { user: 'saved' })
})

test('a failure keeps the session that save() has created', async (t) => {
  const browser = (await serve(t, app)).visitor()
  const answer = await browser.get('/save-then-throw')
  t.is(answer.status, 500)
  t.truthy(tokenIn(answer))
  t.like((await browser.get('/read')).body, { user: 'saved' })
})

test('a failure keeps what update() has committed', async (t) => {
  const { browser } = await begin(t)
  await browser.get('/update-then-throw')
  t.deepEqual((await browser.get('/read')).body, { user: 'ann', count: 1, isNew: false })
})

for (const path of ['/destroy-then-throw', '/null-then-throw']) {
  test(`${path}: the session is ended all the same, and the cookie cleared`, async (t) => {
    const { browser } = await begin(t)
    const answer = await browser.get(path)
    t.deepEqual([answer.status, tokenIn(answer)], [500, ''])
    t.deepEqual((await browser.get('/read')).body, { isNew: true })
  })
}

test('a failure after changeId: the id is changed and the client told, the changes are dropped', async (t) => {
  const { browser, token } = await begin(t)
  const answer = await browser.get('/change-id-then-throw')
  t.is(answer.status, 500)
  t.regex(tokenIn(answer)!, /^[\w-]{43}$/)
  t.not(tokenIn(answer), token)
  t.deepEqual((await browser.get('/read')).body, { user: 'ann', count: 0, isNew: false })
})

test('a failure after regenerate: the client is told, what was kept is there, the changes are dropped', async (t) => {
  const { browser, token } = await begin(t)
  const answer = await browser.get('/regenerate-then-throw')
  t.regex(tokenIn(answer)!, /^[\w-]{43}$/)
  t.not(tokenIn(answer), token)
  t.deepEqual((await browser.get('/read')).body, { count: 0, isNew: false })
})

const unauthorised = (ctx: Loose): void => {
  ctx.session.user = 'ann'
  ctx.throw(401)
}

test('when handler and commit fail, the error of the handler is answered and the other one reported', async (t) => {
  const store = new WatchedStore()
  store.failing.set('set', new Error('down'))
  const { visitor, errors } = await serve(t, unauthorised, { store })
  const { status, cookies } = await visitor().get('/')
  t.deepEqual([status, cookies], [401, []])
  t.deepEqual(
    errors.map((error) => (error as Loose).code ?? (error as Loose).status),
    ['ERR_STORE_UNAVAILABLE', 401],
  )
})

import test from 'ava'
import type { Middleware } from 'koa'
import { session } from '../../src/index.ts'
import Koa from '../helpers/koa.ts'
import { routes, tokenIn } from '../helpers/paths.ts'
import { listen, serve, visitor } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

const app = routes({
  '/write': ({ session }) => Object.assign(session, { user: 'ann', count: 1 }),
  '/read': ({ session }) => ({ ...session, isNew: session.isNew }),
  '/save-and-stream': async (ctx) => {
    ctx['session'].user = 'ann'
    await ctx['session'].save()
    ctx.respond = false
    ctx.res.write('first, ')
    ctx.res.end('last')
  },
  '/save-and-change': async ({ session }) => {
    session.user = 'ann'
    await session.save()
    const stored = { isNew: session.isNew, expires: session.expiresAt instanceof Date }
    session.user = 'bob'
    return stored
  },
  '/reload': async (ctx) => {
    const { session } = ctx
    session.user = 'changed'
    session.extra = 1
    await session.reload()
    return { same: session === ctx['session'], ...session }
  },
  '/reload-new': async (ctx) => {
    ctx['session'].user = 'new'
    await ctx['session'].reload()
    return { ...ctx['session'] }
  },
  '/touch': async ({ session }) => {
    await session.touch()
    return { isNew: session.isNew, expiresAt: session.expiresAt.getTime() }
  },
  '/touch-and-write': async ({ session }) => {
    session.user = 'bob'
    await session.touch()
  },
})

test('save stores and sends the cookie before the headers leave', async (t) => {
  const browser = (await serve(t, app)).visitor()
  const answer = await browser.get('/save-and-stream')
  t.is(answer.text, 'first, last')
  t.truthy(tokenIn(answer))
  t.is(answer.headers['vary'], 'Cookie')
  t.is(answer.headers['cache-control'], 'no-store')
  t.like((await browser.get('/read')).body, { user: 'ann', isNew: false })
})

test('what is written after save is saved at the end of the request', async (t) => {
  const store = new WatchedStore()
  const browser = (await serve(t, app, { store })).visitor()
  t.deepEqual((await browser.get('/save-and-change')).body, { isNew: false, expires: true })
  t.deepEqual(store.calls, ['set', 'set'])
  t.like((await browser.get('/read')).body, { user: 'bob' })
})

test('reload drops unsaved changes and keeps the object', async (t) => {
  const browser = (await serve(t, app)).visitor()
  await browser.get('/write')
  t.deepEqual((await browser.get('/reload')).body, { same: true, user: 'ann', count: 1 })
  t.like((await browser.get('/read')).body, { user: 'ann' })
})

test('reload shows what a parallel request has stored', async (t) => {
  const { visitor: newVisitor, url } = await serve(
    t,
    routes({
      '/write': ({ session }) => (session.user = 'ann'),
      '/bob': ({ session }) => (session.user = 'bob'),
      '/': async (ctx) => {
        const before = ctx['session'].user
        await visitor(url).get('/bob', { Cookie: ctx.get('Cookie') })
        await ctx['session'].reload()
        return { before, after: ctx['session'].user }
      },
    }),
  )
  const browser = newVisitor()
  await browser.get('/write')
  t.deepEqual((await browser.get('/')).body, { before: 'ann', after: 'bob' })
})

test('reload of a session that a parallel request ended is a new session, and says why', async (t) => {
  const { visitor: newVisitor, url } = await serve(
    t,
    routes({
      '/write': ({ session }) => (session.user = 'ann'),
      '/end': ({ session }) => session.destroy('logout'),
      '/': async (ctx) => {
        await visitor(url).get('/end', { Cookie: ctx.get('Cookie') })
        await ctx['session'].reload()
        return { ...ctx['session'], isNew: ctx['session'].isNew, endReason: ctx['session'].endReason }
      },
    }),
  )
  const browser = newVisitor()
  await browser.get('/write')
  t.deepEqual((await browser.get('/')).body, { isNew: true, endReason: 'logout' })
})

test('reload of a new session drops what was written', async (t) => {
  const store = new WatchedStore()
  const { visitor } = await serve(t, app, { store })
  const { body, cookies } = await visitor().get('/reload-new')
  t.deepEqual([body, cookies, store.writes], [{}, [], []])
})

test('touch creates an empty session', async (t) => {
  const { visitor, events, clock } = await serve(t, app)
  const browser = visitor()
  const answer = await browser.get('/touch')
  t.deepEqual(answer.body, { isNew: false, expiresAt: clock() + 7_200_000 })
  t.truthy(tokenIn(answer))
  t.deepEqual(
    events.map(([name]) => name),
    ['created'],
  )
  t.deepEqual((await browser.get('/read')).body, { isNew: false })
})

test('touch extends a session whatever the threshold says, in record and cookie', async (t) => {
  const store = new WatchedStore()
  const { visitor, clock } = await serve(t, app, { store, cookie: { persistent: true } })
  const browser = visitor()
  await browser.get('/write')
  clock.advance(2000)
  store.forget()
  const answer = await browser.get('/touch')
  t.like(answer.body, { expiresAt: clock() + 7_200_000 })
  t.deepEqual(store.writes, ['touch'])
  t.true(answer.cookies[0]!.includes(new Date(Math.floor((clock() + 7_200_000) / 1000) * 1000).toUTCString()))
})

test('touch does not swallow what was written before it', async (t) => {
  const browser = (await serve(t, app)).visitor()
  await browser.get('/write')
  await browser.get('/touch-and-write')
  t.like((await browser.get('/read')).body, { user: 'bob', count: 1 })
})

for (const verb of ['save', 'touch', 'reload', 'update']) {
  test(`${verb} is refused without a stage that stores`, async (t) => {
    const app = new Koa()
    const errors: unknown[] = []
    app.on('error', (error) => errors.push(error))
    app.use(session(app, { stages: (defaults) => defaults.remove('persist') }) as unknown as Middleware)
    app.use((ctx) => ctx['session'][verb](verb === 'update' ? () => undefined : undefined))
    t.is((await visitor(await listen(t, app)).get('/')).status, 500)
    t.like(errors[0], { code: 'ERR_SESSION_UNSUPPORTED' })
  })
}

import test from 'ava'
import { type Loose, routes, tokenIn } from '../helpers/paths.ts'
import { serve, visitor } from '../helpers/serve.ts'
import { codesOfWrites, UNAVAILABLE } from '../helpers/writes.ts'

const regenerate = (options?: object) => async (ctx: Loose) => {
  const old = ctx.session
  const before = { id: old.id, created: old.createdAt?.getTime() }
  await ctx.session.regenerate(options)
  const { session } = ctx
  return {
    fresh: session !== old && session.id !== before.id,
    late: codesOfWrites(old),
    old: { ...old },
    data: { ...session },
    flash: { ...session.flash },
  }
}

const app = routes({
  '/write': ({ session }) => {
    Object.assign(session, { user: 'ann', cart: [1], code: 7 })
    session.expireKey('code', '10m')
    session.flash.notice = 'Saved'
    session.idleTimeout = '30m'
  },
  '/none': regenerate(),
  '/list': regenerate({ keep: ['cart', 'code', 'unknown'] }),
  '/all': regenerate({ keep: true }),
  '/unsaved': async (ctx) => {
    ctx['session'].cart = [1, 2]
    await ctx['session'].regenerate({ keep: ['cart'] })
    ctx['session'].user = 'bob'
  },
  '/new': async (ctx) => {
    ctx['session'].cart = ['new']
    await ctx['session'].regenerate({ keep: ['cart'] })
  },
  '/untouched': ({ session }) => session.regenerate(),
  '/read': ({ session }) => ({
    ...session,
    created: String(session.createdAt?.getTime()),
    isNew: session.isNew,
    idleTimeout: session.idleTimeout,
  }),
})

const OLD = { user: 'ann', cart: [1], code: 7 }

test('regenerate keeps nothing by default, the old object keeps its values, and writes to it are errors', async (t) => {
  const browser = (await serve(t, app)).visitor()
  await browser.get('/write')
  const { body } = await browser.get('/none')
  t.deepEqual(body, { fresh: true, old: OLD, late: UNAVAILABLE, data: {}, flash: {} })
})

test('regenerate that keeps nothing leaves no session and no cookie behind', async (t) => {
  const browser = (await serve(t, app)).visitor()
  await browser.get('/write')
  t.is(tokenIn(await browser.get('/untouched')), '')
  t.like((await browser.get('/read')).body, { isNew: true })
})

test('regenerate keeps the keys of a list', async (t) => {
  const browser = (await serve(t, app)).visitor()
  await browser.get('/write')
  t.like((await browser.get('/list')).body, { fresh: true, data: { cart: [1], code: 7 }, flash: {} })
  t.like((await browser.get('/read')).body, { cart: [1], code: 7, isNew: false, idleTimeout: 7_200_000 })
})

test('regenerate keeps all keys, and never flash', async (t) => {
  const browser = (await serve(t, app)).visitor()
  await browser.get('/write')
  t.like((await browser.get('/all')).body, { fresh: true, old: OLD, data: OLD, flash: {} })
  t.like((await browser.get('/read')).body, OLD)
})

test('a key that was kept disappears at its own deadline', async (t) => {
  const { visitor, clock } = await serve(t, app)
  const browser = visitor()
  await browser.get('/write')
  await browser.get('/list')
  clock.advance('10m')
  t.like((await browser.get('/read')).body, { code: 7 })
  clock.advance(1)
  t.false('code' in ((await browser.get('/read')).body as object))
})

test('a session that was regenerated has new times', async (t) => {
  const { visitor, clock } = await serve(t, app)
  const browser = visitor()
  await browser.get('/write')
  clock.advance('20m')
  await browser.get('/all')
  t.like((await browser.get('/read')).body, { created: String(clock()) })
})

test('a session that was regenerated is bound to the client of that request', async (t) => {
  const { visitor } = await serve(t, app, { verifyUserAgent: { onMismatch: 'observe' } })
  const browser = visitor()
  await browser.get('/write', { 'User-Agent': 'one' })
  await browser.get('/all', { 'User-Agent': 'two' })
  t.like((await browser.get('/read', { 'User-Agent': 'two' })).body, OLD)
})

test('the token before regenerate is dead at once', async (t) => {
  const { visitor: newVisitor, url } = await serve(t, app)
  const browser = newVisitor()
  const old = tokenIn(await browser.get('/write'))!
  const now = tokenIn(await browser.get('/all'))!
  t.not(old, now)
  t.like((await visitor(url).get('/read', { Cookie: `sid=${old}` })).body, { isNew: true })
})

test('unsaved changes of the keys that are kept go on, and so does what is written afterwards', async (t) => {
  const browser = (await serve(t, app)).visitor()
  await browser.get('/write')
  await browser.get('/unsaved')
  t.like((await browser.get('/read')).body, { cart: [1, 2], user: 'bob' })
})

test('regenerating a new session carries its keys over', async (t) => {
  const browser = (await serve(t, app)).visitor()
  t.is((await browser.get('/new')).cookies.length, 1)
  t.like((await browser.get('/read')).body, { cart: ['new'] })
})

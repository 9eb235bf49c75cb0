import test from 'ava'
import { routes, tokenIn } from '../helpers/paths.ts'
import { serve, visitor } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

const app = routes({
  '/write': ({ session }) => {
    session.user = 'ann'
    session.flash.notice = 'Saved'
  },
  '/destroy': async (ctx) => {
    await ctx['session'].destroy('logout')
    const { session } = ctx
    return {
      isNew: session.isNew,
      keys: Object.keys(session),
      endReason: session.endReason,
      flash: { ...session.flash },
    }
  },
  '/destroy-quietly': ({ session }) => session.destroy(),
  '/forgotten-await': (ctx) => {
    void ctx['session'].destroy('logout')
    return {}
  },
  '/begin-anew': async (ctx) => {
    const old = ctx['session']
    const { id } = old
    await old.destroy('logout')
    ctx['session'].user = 'bob'
    ctx['session'].flash.notice = 'Bye'
    return { same: old === ctx['session'], id: id === ctx['session'].id }
  },
  '/destroy-twice': async (ctx) => {
    await ctx['session'].destroy('first')
    await ctx['session'].destroy('second')
    return { endReason: ctx['session'].endReason }
  },
  '/read': ({ session }) => ({
    ...session,
    endReason: String(session.endReason),
    flash: { ...session.flash },
  }),
  '/caught': async ({ session }) => {
    const failure = await session.destroy().catch((error: { code: string }) => error)
    return { code: failure.code }
  },
})

test('destroy ends the session on both sides, flash too', async (t) => {
  const browser = (await serve(t, app)).visitor()
  await browser.get('/write')
  const answer = await browser.get('/destroy')
  t.deepEqual(answer.body, { isNew: true, keys: [], endReason: 'logout', flash: {} })
  t.regex(
    answer.cookies[0]!,
    /^sid=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=\/; HttpOnly; SameSite=Lax$/,
  )
  t.deepEqual((await browser.get('/read')).body, { endReason: 'undefined', flash: {} })
})

test('a client that still shows the token of a destroyed session learns the reason', async (t) => {
  const { visitor: newVisitor, url } = await serve(t, app)
  const browser = newVisitor()
  const token = tokenIn(await browser.get('/write'))!
  await browser.get('/destroy')
  const { body, cookies } = await visitor(url).get('/read', { Cookie: `sid=${token}` })
  t.deepEqual(body, { endReason: 'logout', flash: {} })
  t.deepEqual(cookies, [], 'a dead cookie is cleared by destroy alone')
})

test('writing after destroy begins a session with a token of its own, and flash reaches it', async (t) => {
  const browser = (await serve(t, app)).visitor()
  const old = tokenIn(await browser.get('/write'))
  const answer = await browser.get('/begin-anew')
  t.deepEqual(answer.body, { same: false, id: false })
  t.is(answer.cookies.length, 1)
  t.not(tokenIn(answer), old)
  t.like((await browser.get('/read')).body, { user: 'bob', flash: { notice: 'Bye' } })
})

test('the last reason wins', async (t) => {
  const browser = (await serve(t, app)).visitor()
  await browser.get('/write')
  t.deepEqual((await browser.get('/destroy-twice')).body, { endReason: 'second' })
})

test('destroy with a forgotten await is carried out', async (t) => {
  const { visitor, events } = await serve(t, app)
  const browser = visitor()
  await browser.get('/write')
  t.is(tokenIn(await browser.get('/forgotten-await')), '')
  t.is(events.at(-1)?.[0], 'destroyed')
})

test('destroy clears the cookie of a session that was dead already', async (t) => {
  const { visitor } = await serve(t, app)
  const answer = await visitor().get('/destroy-quietly', { Cookie: `sid=${'A'.repeat(43)}` })
  t.is(tokenIn(answer), '')
})

test('destroy without a session sends nothing', async (t) => {
  const store = new WatchedStore()
  const { visitor, events } = await serve(t, app, { store })
  const { cookies } = await visitor().get('/destroy-quietly')
  t.deepEqual([cookies, store.calls, events], [[], [], []])
})

for (const path of ['/destroy', '/destroy-quietly', '/forgotten-await', '/begin-anew', '/caught']) {
  test(`a store that fails is never reported as a success by ${path}, and no cookie is cleared`, async (t) => {
    const store = new WatchedStore()
    const { visitor, events, errors } = await serve(t, app, { store })
    const browser = visitor()
    await browser.get('/write')
    store.failing.set('set', new Error('down'))
    const { status, cookies } = await browser.get(path)
    t.deepEqual([status, cookies], [503, []])
    t.like(errors[0], { code: 'ERR_STORE_UNAVAILABLE' })
    t.false(events.some(([name]) => name === 'destroyed'))
    store.failing.clear()
    t.like((await browser.get('/read')).body, { user: 'ann' }, 'still alive')
  })
}

test('a destroy that failed at first and works at the commit is reported once', async (t) => {
  const store = new WatchedStore()
  const handler = routes({
    '/write': ({ session }) => (session.user = 'ann'),
    '/': async ({ session }) => {
      store.failing.set('set', new Error('down'))
      await session.destroy('logout').catch(() => store.failing.clear())
    },
  })
  const { visitor, events } = await serve(t, handler, { store })
  const browser = visitor()
  await browser.get('/write')
  const answer = await browser.get('/')
  t.deepEqual([answer.status, tokenIn(answer)], [200, ''])
  t.deepEqual(
    events.map(([name]) => name),
    ['created', 'destroyed'],
  )
})

import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { type Loose, routes, tokenIn } from '../helpers/paths.ts'
import { serve, visitor } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

const idOf = (token: string): string => createHash('sha256').update(token).digest('base64url')

/** A server whose `/` does something to a session with a user, a cart and a message. */
async function start(t: ExecutionContext, act: (ctx: Loose, store: WatchedStore) => unknown) {
  const store = new WatchedStore()
  const server = await serve(
    t,
    routes({
      '/write': ({ session }) => {
        Object.assign(session, { user: 'ann', cart: ['tea'] })
        session.flash.notice = 'Saved'
      },
      '/': async (ctx) => (await act(ctx, store)) ?? {},
      '/read': ({ session }) => ({ ...session, isNew: session.isNew }),
    }),
    { store },
  )
  const browser = server.visitor()
  const token = tokenIn(await browser.get('/write'))!
  store.forget()
  return { ...server, browser, store, token, cookie: { Cookie: `sid=${token}` } }
}

test('the new session is in place as soon as regenerate is called, and the store is asked later', async (t) => {
  const { browser } = await start(t, async (ctx, store) => {
    const old = ctx.session
    const done = old.regenerate({ keep: ['cart'] })
    t.not(ctx.session, old)
    t.deepEqual({ ...ctx.session }, { cart: ['tea'] })
    t.deepEqual({ ...ctx.session.flash }, {})
    t.is(ctx.session.isNew, true)
    t.is(ctx.session.createdAt, undefined)
    t.deepEqual(store.calls, ['get'])
    ctx.session.user = 'bob'
    const { id } = ctx.session
    await done
    t.is(ctx.session.id, id)
    t.deepEqual({ ...ctx.session }, { cart: ['tea'], user: 'bob' })
    return { id }
  })
  const answer = await browser.get('/')
  t.is((answer.body as { id: string }).id, idOf(tokenIn(answer)!))
  t.deepEqual((await browser.get('/read')).body, { cart: ['tea'], user: 'bob', isNew: false })
})

test('with a forgotten await what is written next is kept, and the old token is dead', async (t) => {
  const { browser, url, cookie, token } = await start(t, (ctx) => {
    void ctx.session.regenerate()
    ctx.session.user = 'bob'
  })
  const answer = await browser.get('/')
  t.is(answer.status, 200)
  t.is(answer.cookies.length, 1)
  t.not(tokenIn(answer), token)
  t.deepEqual((await browser.get('/read')).body, { user: 'bob', isNew: false })
  t.deepEqual((await visitor(url).get('/read', cookie)).body, { isNew: true })
})

test('a regenerate that is called twice sends one cookie, of the last session', async (t) => {
  const { browser } = await start(t, async (ctx) => {
    const first = ctx.session.regenerate({ keep: true })
    ctx.session.step = 1
    const second = ctx.session.regenerate({ keep: ['step'] })
    ctx.session.user = 'bob'
    await Promise.all([first, second])
  })
  t.is((await browser.get('/')).cookies.length, 1)
  t.deepEqual((await browser.get('/read')).body, { step: 1, user: 'bob', isNew: false })
})

const ASKED: Record<string, (session: Loose) => unknown> = {
  'waited for': (session) => session.regenerate({ keep: ['cart'] }),
  'not waited for': (session) => void session.regenerate({ keep: ['cart'] }),
  'caught by the handler': (session) =>
    session.regenerate({ keep: ['cart'] }).catch(() => undefined) as Promise<void>,
  'given a callback': (session) =>
    new Promise((resolve) => session.regenerate({ keep: ['cart'] }, resolve)).then(() => undefined),
}

for (const [how, ask] of Object.entries(ASKED)) {
  for (const write of [1, 2]) {
    test(`a move that is ${how} and fails in write ${write} is 503, sends no cookie and leaves only the old record`, async (t) => {
      let writes = 0
      const { browser, store, token, cookie, url } = await start(t, async (ctx, { waiting }) => {
        // Write by write: the new record, then the tombstone of the old one, which all tries fail in.
        waiting.set('set', async () => {
          writes += 1
          if (writes >= write) throw new Error('down')
        })
        await ask(ctx.session)
        ctx.session.user = 'bob'
      })
      const answer = await browser.get('/')
      t.deepEqual([answer.status, answer.cookies], [503, []])
      t.is(store.inner.size, 1)
      store.waiting.clear()
      t.truthy(token)
      t.deepEqual((await visitor(url).get('/read', cookie)).body, {
        user: 'ann',
        cart: ['tea'],
        isNew: false,
      })
    })
  }
}

/** A move whose first write fails and that works from then on: status, whether it was made, what is there. */
const ONCE: Record<keyof typeof ASKED, [status: number, moved: boolean, data: object]> = {
  // The handler has failed, so that what it wrote is not saved; the commit carries the move out.
  'waited for': [503, true, { cart: ['tea'] }],
  // Nobody else would hear of it.
  'not waited for': [503, false, { user: 'ann', cart: ['tea'] }],
  'caught by the handler': [200, true, { user: 'bob', cart: ['tea'] }],
  'given a callback': [200, true, { user: 'bob', cart: ['tea'] }],
}

for (const [how, [status, moved, data]] of Object.entries(ONCE)) {
  test(`a move that is ${how} and fails only once is ${moved ? '' : 'not '}carried out by the commit`, async (t) => {
    const { browser, store, cookie, url } = await start(t, async (ctx, { waiting }) => {
      waiting.set('set', async () => {
        waiting.clear()
        throw new Error('down')
      })
      await ASKED[how]!(ctx.session)
      ctx.session.user = 'bob'
    })
    const answer = await browser.get('/')
    t.deepEqual([answer.status, answer.cookies.length], [status, moved ? 1 : 0])
    t.deepEqual((await browser.get('/read')).body, { ...data, isNew: false })
    t.like((await visitor(url).get('/read', cookie)).body, { isNew: moved })
    t.is(store.inner.size, moved ? 2 : 1)
  })
}

const WRONG = [
  ['cart'],
  [],
  { kepp: true },
  { keep: ['cart'], kepp: true },
  { keep: 'userId' },
  { keep: new Set() },
  { keep: new Set(['cart']) },
  { keep: [1] },
  { keep: [undefined] },
  { keep: null },
  { keep: 1 },
  { keep: {} },
  'cart',
  1,
  true,
  null,
  new Map(),
]

for (const wrong of WRONG) {
  test(`regenerate(${inspect(wrong)}) rejects and changes nothing`, async (t) => {
    const { browser, store, errors, token } = await start(t, async (ctx) => {
      const { session } = ctx
      const { id } = session
      session.step = 1
      const error = await t.throwsAsync(() => session.regenerate(wrong), { code: 'ERR_SESSION_CONFIG' })
      t.regex(String(error), /keep/)
      t.false(String(error).includes('userId'))
      t.is(ctx.session, session)
      t.is(session.id, id)
      const callback = await new Promise<Loose>((resolve) => session.regenerate(wrong, resolve))
      t.is(callback?.code, 'ERR_SESSION_CONFIG')
      t.is(ctx.session, session)
    })
    const answer = await browser.get('/')
    t.deepEqual([answer.status, answer.cookies], [200, []])
    t.deepEqual(store.writes, ['set'])
    t.true(errors.length <= 2)
    t.deepEqual((await browser.get('/read', { Cookie: `sid=${token}` })).body, {
      user: 'ann',
      cart: ['tea'],
      step: 1,
      isNew: false,
    })
  })
}

for (const right of [undefined, {}, { keep: undefined }, { keep: false }, { keep: [] }]) {
  test(`regenerate(${inspect(right)}) keeps nothing`, async (t) => {
    const { browser } = await start(t, async (ctx) => {
      await ctx.session.regenerate(right)
      ctx.session.user = 'bob'
    })
    await browser.get('/')
    t.deepEqual((await browser.get('/read')).body, { user: 'bob', isNew: false })
  })
}

test('a key of the old session that is an object goes along, and is not shared with the old object', async (t) => {
  const { browser } = await start(t, async (ctx) => {
    const old = ctx.session
    t.deepEqual(old.cart, ['tea'])
    old.cart.push('cup')
    await old.regenerate({ keep: ['cart'] })
    ctx.session.cart.push('pot')
  })
  await browser.get('/')
  t.deepEqual((await browser.get('/read')).body, { cart: ['tea', 'cup', 'pot'], isNew: false })
})

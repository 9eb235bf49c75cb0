import test from 'ava'
import type { Context } from 'koa'
import { type Loose, routes, tokenIn } from '../helpers/paths.ts'
import { serve, visitor } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

/** A server whose `/` does something to a session in which `between` has been done by another request. */
const overtaken = async (t: Loose, between: (session: Loose) => unknown, act: (ctx: Context) => unknown) => {
  const store = new WatchedStore()
  const server = await serve(
    t,
    routes({
      '/write': ({ session }) => Object.assign(session, { user: 'ann', count: 1 }),
      '/read': ({ session }) => ({ ...session, isNew: session.isNew, endReason: String(session.endReason) }),
      '/between': async ({ session }) => {
        await between(session)
      },
      '/': async (ctx) => {
        t.is(ctx['session'].user, 'ann')
        await visitor(server.url).get('/between', { Cookie: ctx.get('Cookie') })
        return act(ctx)
      },
    }),
    { store },
  )
  const browser = server.visitor()
  const token = tokenIn(await browser.get('/write'))!
  return { ...server, browser, store, token }
}

const end = (session: Loose): unknown => session.destroy('logout')

test('save of a session that was ended meanwhile rejects, and nothing is revived', async (t) => {
  const { browser, errors } = await overtaken(t, end, ({ session }) => {
    session.user = 'bob'
    return session.save()
  })
  const { status, cookies } = await browser.get('/')
  t.deepEqual([status, cookies], [503, []])
  t.like(errors[0], { code: 'ERR_SESSION_CONFLICT' })
  t.deepEqual((await browser.get('/read')).body, { isNew: true, endReason: 'logout' })
})

for (const verb of ['save', 'touch', 'update']) {
  test(`${verb} after a commit that found the session ended rejects too`, async (t) => {
    const codes: string[] = []
    const { browser } = await overtaken(t, end, async ({ session }) => {
      session.user = 'bob'
      for (const name of ['save', verb]) {
        await session[name](name === 'update' ? () => 1 : undefined).catch((error: Loose) =>
          codes.push(error.code),
        )
      }
    })
    t.is((await browser.get('/')).status, 200)
    t.deepEqual(codes, ['ERR_SESSION_CONFLICT', 'ERR_SESSION_CONFLICT'])
    t.deepEqual((await browser.get('/read')).body, { isNew: true, endReason: 'logout' })
  })
}

test('save without anything to save is no error, though the token has moved or the session has ended', async (t) => {
  for (const between of [end, (session: Loose) => session.changeId()]) {
    const { browser } = await overtaken(t, between, async ({ session }) => {
      const noticed = session.touch().catch((error: Loose) => error.code)
      await session.save()
      return noticed
    })
    t.like(await browser.get('/'), { status: 200, text: 'ERR_SESSION_CONFLICT', cookies: [] })
  }
})

test('save with a token that has just moved resolves when there is nothing to save', async (t) => {
  const server = await serve(
    t,
    routes({
      '/write': ({ session }) => void (session.user = 'ann'),
      '/move': ({ session }) => session.changeId(),
      '/save': ({ session }) => session.save(),
      '/write-and-save': ({ session }) => ((session.user = 'bob'), session.save()),
    }),
  )
  const browser = server.visitor()
  const Cookie = `sid=${tokenIn(await browser.get('/write'))}`
  await browser.get('/move')
  const late = (path: string) => visitor(server.url).get(path, { Cookie })
  t.like(await late('/save'), { status: 200, cookies: [] })
  t.like(await late('/write-and-save'), { status: 503, cookies: [] })
})

test('touch of a session that was ended meanwhile rejects', async (t) => {
  const codes: string[] = []
  const server = await overtaken(t, end, ({ session }) => {
    server.clock.advance('1s')
    return session.touch().catch((error: Loose) => codes.push(error.code))
  })
  await server.browser.get('/')
  t.deepEqual(codes, ['ERR_SESSION_CONFLICT'])
  t.deepEqual((await server.browser.get('/read')).body, { isNew: true, endReason: 'logout' })
})

test('destroy of a session that a parallel request moved is no success, and clears no cookie', async (t) => {
  const { browser } = await overtaken(
    t,
    (session) => session.changeId(),
    ({ session }) => Promise.all([session.regenerate({ keep: true }), session.destroy()]),
  )
  const { status, cookies } = await browser.get('/')
  t.deepEqual([status, cookies], [503, []])
})

test('a session whose record has vanished is not revived by use, and its token is not sent again', async (t) => {
  const server = await overtaken(
    t,
    () => undefined,
    () => undefined,
  )
  const { browser, store, clock, events } = server
  clock.advance('1h')
  store.waiting.set('touch', async () => {
    store.inner.delete(events[0]![1].id!)
  })
  const { status, cookies } = await browser.get('/read')
  t.deepEqual([status, cookies], [200, []])
  store.waiting.clear()
  t.like((await browser.get('/read')).body, { isNew: true })
})

test('reload drops keys that have disappeared meanwhile, and that is no change', async (t) => {
  const server = await serve(
    t,
    routes({
      '/write': ({ session }) => {
        Object.assign(session, { user: 'ann', code: 7 })
        session.expireKey('code', '10m')
      },
      '/': async ({ session }) => {
        const before = Object.keys(session)
        server.clock.advance(600_001)
        await session.reload()
        return { before, after: Object.keys(session) }
      },
    }),
    { store: new WatchedStore() },
  )
  const browser = server.visitor()
  await browser.get('/write')
  t.deepEqual((await browser.get('/')).body, { before: ['user', 'code'], after: ['user'] })
  t.false((server.store as WatchedStore).writes.slice(1).includes('set'))
})

test('an update that finds nothing left to do on the newest copy writes nothing and shows that copy', async (t) => {
  let runs = 0
  const server = await serve(
    t,
    routes({
      '/write': ({ session }) => (session.count = 1),
      '/ten': ({ session }) => (session.count = 10),
      '/': async (ctx) => {
        await ctx['session'].update(async (data: Loose) => {
          runs += 1
          if (runs === 1) await visitor(server.url).get('/ten', { Cookie: ctx.get('Cookie') })
          data.count = Math.max(data.count, 10 - runs)
        })
        return { count: ctx['session'].count }
      },
    }),
  )
  const browser = server.visitor()
  await browser.get('/write')
  t.deepEqual((await browser.get('/')).body, { count: 10 })
  t.is(runs, 2)
})

test('reload shows the flash that is stored', async (t) => {
  const handler = routes({
    '/write': ({ session }) => (session.user = 'ann'),
    '/': async ({ session }) => {
      const before = { ...session.flash }
      session.flash.notice = 'unsaved'
      await session.reload()
      return { before, after: { ...session.flash } }
    },
  })
  const browser = (await serve(t, handler)).visitor()
  await browser.get('/write')
  t.deepEqual((await browser.get('/')).body, { before: {}, after: {} })
})

test('keys of a new session that are kept by regenerate keep their deadlines', async (t) => {
  const { visitor, clock } = await serve(
    t,
    routes({
      '/': async (ctx) => {
        ctx['session'].code = 7
        ctx['session'].user = 'ann'
        ctx['session'].expireKey('code', '10m')
        await ctx['session'].regenerate({ keep: true })
      },
      '/read': ({ session }) => ({ ...session }),
    }),
  )
  const browser = visitor()
  await browser.get('/')
  t.deepEqual((await browser.get('/read')).body, { code: 7, user: 'ann' })
  clock.advance(600_001)
  t.deepEqual((await browser.get('/read')).body, { user: 'ann' })
})

test('a touch is made under the version: what a parallel request wrote stays, and is what is extended', async (t) => {
  const versions: unknown[] = []
  const server = await overtaken(
    t,
    (session) => (session.count = 2),
    ({ session }) => {
      server.clock.advance('1s')
      return session.touch()
    },
  )
  const { browser, store, clock, events } = server
  const { inner } = store
  const touch = inner.touch.bind(inner)
  inner.touch = (id, expiresAt, version) => {
    versions.push([version, inner.get(id)?.version])
    return touch(id, expiresAt, version)
  }
  store.forget()
  t.is((await browser.get('/')).status, 200)
  t.is(versions.length, 2)
  const [[loaded, newer], [again, same]] = versions as [[string, string], [string, string]]
  t.not(loaded, newer)
  t.is(again, newer)
  t.is(same, newer)
  t.deepEqual(store.writes, ['set', 'touch', 'touch'])
  t.is(inner.get(events[0]![1].id!)?.expiresAt, clock() + 7_200_000)
  t.like((await browser.get('/read')).body, { user: 'ann', count: 2 })
})

for (const [what, act] of Object.entries({
  destroy: (ctx: Loose): unknown => ctx.session.destroy('done'),
  'ctx.session = null': (ctx: Loose): unknown => (ctx.session = null),
})) {
  for (const verb of ['save', 'touch', 'update', 'nothing'])
    test(`after ${what}, though the session had ended meanwhile (seen by ${verb}), writing begins a new one`, async (t) => {
      const change = verb === 'update' ? (data: Loose) => void (data.count = 3) : undefined
      const server = await overtaken(t, end, async (ctx: Loose) => {
        server.clock.advance('1s')
        ctx.session.count = 2
        if (verb !== 'nothing')
          await t.throwsAsync(ctx.session[verb](change), { code: 'ERR_SESSION_CONFLICT' })
        await act(ctx)
        ctx.session.code = 7
        ctx.session.expireKey('code', '10m')
      })
      const { browser, clock, token } = server
      const answer = await browser.get('/')
      t.is(answer.status, 200)
      t.true(tokenIn(answer) !== undefined && tokenIn(answer) !== token)
      const { body } = await browser.get('/read')
      t.deepEqual(body, { code: 7, isNew: false, endReason: 'undefined' })
      clock.advance('11m')
      t.deepEqual((await browser.get('/read')).body, { isNew: false, endReason: 'undefined' })
    })

  test(`${what} of a session that had ended meanwhile clears the cookie and creates nothing`, async (t) => {
    const server = await overtaken(t, end, async (ctx: Loose) => {
      ctx.session.count = 2
      await t.throwsAsync(ctx.session.save(), { code: 'ERR_SESSION_CONFLICT' })
      await act(ctx)
    })
    const answer = await server.browser.get('/')
    t.deepEqual([answer.status, tokenIn(answer)], [200, ''])
    t.like((await server.browser.get('/read')).body, { isNew: true })
  })
}

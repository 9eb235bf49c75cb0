import test from 'ava'
import type { Context } from 'koa'
import { MemoryStore } from '../../src/index.ts'
import { isTombstone, parseRecord } from '../../src/record.ts'
import { tokenToId } from '../../src/token.ts'
import { type Loose, routes, tokenIn } from '../helpers/paths.ts'
import { pause } from '../helpers/pause.ts'
import { ScriptedStore } from '../helpers/scripted-store.ts'
import { serve, visitor } from '../helpers/serve.ts'

const buries = (data: string | undefined): boolean =>
  data !== undefined && isTombstone(parseRecord('', { data, version: '', expiresAt: 0 }))

const MOVES: Readonly<Record<string, (session: Loose) => Promise<void>>> = {
  changeId: (session) => session.changeId(),
  'regenerate that keeps everything': (session) => session.regenerate({ keep: true }),
}

for (const [name, move] of Object.entries(MOVES)) {
  test(`what is saved between the two writes of ${name} goes on under the new id`, async (t) => {
    const store = new ScriptedStore(new MemoryStore())
    const between = pause()
    const { visitor: open, events } = await serve(
      t,
      routes({
        '/first': ({ session }) => void (session.count = 1),
        '/move': ({ session }) => move(session),
        '/save': ({ session }) => void Object.assign(session as object, { count: 2, saved: true }),
        '/read': ({ session }) => ({ ...session }),
      }),
      { store },
    )
    const browser = open()
    const old = tokenIn(await browser.get('/first'))!
    store.before = ({ data }) => (buries(data) ? between.here() : undefined)
    const moving = browser.get('/move')
    await between.reached
    const saved = await browser.get('/save')
    t.is(saved.status, 200)
    between.go()
    const moved = await moving
    t.is(moved.status, 200)
    t.not(tokenIn(moved), old)
    t.deepEqual((await browser.get('/read')).body, { count: 2, saved: true })
    t.deepEqual(
      events.filter(([event]) => event === 'conflict'),
      [],
    )
  })

  test(`what is updated between the two writes of ${name} goes on under the new id`, async (t) => {
    const store = new ScriptedStore(new MemoryStore())
    const between = pause()
    const server = await serve(
      t,
      routes({
        '/first': ({ session }) => void (session.count = 1),
        '/move': async ({ session }) => {
          t.is(session.count, 1)
          await move(session)
        },
        '/update': ({ session }) => session.update((data: Loose) => data.count++) as unknown,
        '/read': ({ session }) => ({ ...session }),
      }),
      { store },
    )
    const browser = server.visitor()
    await browser.get('/first')
    store.before = ({ data }) => (buries(data) ? between.here() : undefined)
    await between.during(browser.get('/move'), () =>
      Promise.all(Array.from({ length: 5 }, () => browser.get('/update'))),
    )
    t.deepEqual((await browser.get('/read')).body, { count: 6 })
  })

  test(`a destroy between the two writes of ${name} wins, and no record is left behind`, async (t) => {
    const memory = new MemoryStore()
    const store = new ScriptedStore(memory)
    const between = pause()
    const server = await serve(
      t,
      routes({
        '/first': ({ session }) => void (session.user = 'ann'),
        '/move': ({ session }) => move(session),
        '/end': ({ session }) => session.destroy(),
      }),
      { store },
    )
    const browser = server.visitor()
    await browser.get('/first')
    let stops = 1
    store.before = ({ data }) => (buries(data) && stops-- > 0 ? between.here() : undefined)
    const moving = browser.get('/move')
    await between.reached
    t.deepEqual(tokenIn(await browser.get('/end')), '')
    between.go()
    t.deepEqual((await moving).cookies, [])
    t.is(memory.size, 1)
  })

  test(`of two overlapping requests with ${name} one wins; the other sends no cookie and leaves no record`, async (t) => {
    const memory = new MemoryStore()
    const store = new ScriptedStore(memory)
    const server = await serve(
      t,
      routes({
        '/first': ({ session }) => void (session.user = 'ann'),
        '/move': ({ session }) => move(session),
        '/read': ({ session }) => ({ ...session }),
      }),
      { store },
    )
    const browser = server.visitor()
    await browser.get('/first')
    const both = [pause(), pause()]
    let arrived = 0
    store.before = ({ data }) => (buries(data) && arrived < 2 ? both[arrived++]!.here() : undefined)
    const moving = [browser.get('/move'), browser.get('/move')]
    await Promise.all(both.map(({ reached }) => reached))
    for (const { go } of both) go()
    const answers = await Promise.all(moving)
    t.deepEqual(
      answers.map(({ cookies }) => cookies.length).toSorted((left, right) => left - right),
      [0, 1],
    )
    t.is(memory.size, 2)
    t.deepEqual((await browser.get('/read')).body, { user: 'ann' })
  })
}

test('a token that has moved begins no session for ten seconds, and does so afterwards', async (t) => {
  const server = await serve(
    t,
    routes({
      '/first': ({ session }) => void (session.user = 'ann'),
      '/move': ({ session }) => session.changeId(),
      '/write': ({ session }) => void (session.late = 1),
      '/touch': ({ session }) => session.touch(),
      '/save': ({ session }) => {
        session.late = 1
        return session.save()
      },
      '/update': ({ session }) => session.update((data: Loose) => void (data.late = 1)) as unknown,
    }),
  )
  const browser = server.visitor()
  const old = tokenIn(await browser.get('/first'))!
  await browser.get('/move')
  const late = (path: string): ReturnType<typeof browser.get> =>
    visitor(server.url).get(path, { Cookie: `sid=${old}` })
  for (const [path, status] of [
    ['/write', 200],
    ['/touch', 503],
    ['/save', 503],
    ['/update', 503],
  ] as const) {
    const answer = await late(path)
    t.deepEqual([path, answer.status, answer.cookies], [path, status, []])
  }
  t.is((server.store as MemoryStore).size, 2)
  const conflict = server.events.find(([name]) => name === 'conflict')
  t.like(conflict?.[1], { keys: ['late'] })
  server.clock.advance(9_999)
  t.deepEqual((await late('/write')).cookies, [])
  server.clock.advance(1)
  const fresh = tokenIn(await late('/write'))!
  t.truthy(fresh)
  t.not(fresh, old)
})

for (const [verb, begin] of Object.entries({
  changeId: (session: Loose) => session.changeId(),
  regenerate: (session: Loose) => session.regenerate({ keep: true }),
})) {
  test(`${verb} with a token that has just moved begins a new session, and does not touch the one that moved`, async (t) => {
    const server = await serve(
      t,
      routes({
        '/first': ({ session }) => Object.assign(session, { user: 'ann', cart: ['tea'] }),
        '/move': ({ session }) => session.changeId(),
        '/login': async (ctx) => {
          ctx.session.before = 1
          await begin(ctx.session)
          ctx.session.user = 'bob'
        },
        '/nothing': (ctx) => begin(ctx.session),
        '/read': ({ session }) => ({ ...session }),
      }),
    )
    const browser = server.visitor()
    const old = tokenIn(await browser.get('/first'))!
    await browser.get('/move')
    const cookie = { Cookie: `sid=${old}` }
    const nothing = await visitor(server.url).get('/nothing', cookie)
    t.deepEqual([nothing.status, nothing.cookies], [200, []])
    t.is((server.store as MemoryStore).size, 2)
    const late = visitor(server.url)
    const fresh = tokenIn(await late.get('/login', cookie))!
    t.regex(fresh, /^[\w-]{43}$/)
    t.not(fresh, old)
    t.deepEqual((await late.get('/read')).body, { before: 1, user: 'bob' })
    t.deepEqual((await browser.get('/read')).body, { user: 'ann', cart: ['tea'] })
  })
}

test('a login button that is clicked twice logs in with either answer', async (t) => {
  const [one, two] = [pause(), pause()]
  const server = await serve(
    t,
    routes({
      '/first': ({ session }) => void (session.cart = ['tea']),
      '/login': async (ctx) => {
        t.deepEqual(ctx.session.cart, ['tea'])
        await (ctx.query['click'] === '1' ? one : two).here()
        await ctx.session.regenerate({ keep: ['cart'] })
        ctx.session.user = 'ann'
      },
      '/read': ({ session }) => ({ ...session }),
    }),
  )
  const browser = server.visitor()
  const { cookies } = await browser.get('/first')
  const cookie = { Cookie: cookies[0]!.split(';')[0]! }
  const [first, second] = [server.visitor(), server.visitor()]
  const clicks = [first.get('/login?click=1', cookie), second.get('/login?click=2', cookie)]
  await Promise.all([one.reached, two.reached])
  one.go()
  t.truthy(tokenIn(await clicks[0]!))
  two.go()
  t.truthy(tokenIn(await clicks[1]!))
  t.deepEqual((await first.get('/read')).body, { cart: ['tea'], user: 'ann' })
  t.deepEqual((await second.get('/read')).body, { user: 'ann' })
})

test('a logout that was faster is not undone by a login that kept everything', async (t) => {
  const hold = pause()
  const server = await serve(
    t,
    routes({
      '/first': ({ session }) => void (session.user = 'ann'),
      '/logout': (ctx) => ctx.session.regenerate(),
      '/login': async (ctx) => {
        t.is(ctx.session.user, 'ann')
        await hold.here()
        await ctx.session.regenerate({ keep: true })
        ctx.session.seen = true
      },
      '/read': ({ session }) => ({ ...session }),
    }),
  )
  const browser = server.visitor()
  const { cookies } = await browser.get('/first')
  const other = server.visitor()
  await hold.during(other.get('/login', { Cookie: cookies[0]!.split(';')[0]! }), () => browser.get('/logout'))
  t.deepEqual((await other.get('/read')).body, { seen: true })
})

test('a token that has moved does not bar the live one beside it', async (t) => {
  const server = await serve(
    t,
    routes({
      '/first': ({ session }) => void (session.user = 'ann'),
      '/move': ({ session }) => session.changeId(),
      '/write': ({ session }) => void (session.late = 1),
      '/read': ({ session }) => ({ ...session }),
    }),
  )
  const browser = server.visitor()
  const old = tokenIn(await browser.get('/first'))!
  const fresh = tokenIn(await browser.get('/move'))!
  const cookie = { Cookie: `sid=${old}; sid=${fresh}` }
  await visitor(server.url).get('/write', cookie)
  t.deepEqual((await visitor(server.url).get('/read', cookie)).body, { user: 'ann', late: 1 })
})

for (const [what, ending] of Object.entries({
  'destroys the session': (ctx: Context): unknown => ctx.session.destroy(),
  'sets it to null': (ctx: Context): unknown => void Reflect.set(ctx, 'session', null),
})) {
  for (const when of ['before', 'after'] as const) {
    test(`a request that ${what}, loaded ${when} another one gave it a new id, fails and clears no cookie`, async (t) => {
      const hold = pause()
      const server = await serve(
        t,
        routes({
          '/first': ({ session }) => void (session.user = 'ann'),
          '/move': ({ session }) => session.changeId(),
          '/end': async (ctx) => {
            t.is(ctx.session.user, when === 'before' ? 'ann' : undefined)
            if (when === 'before') await hold.here()
            await ending(ctx)
          },
          '/read': ({ session }) => ({ ...session }),
        }),
      )
      const browser = server.visitor()
      const old = tokenIn(await browser.get('/first'))!
      const late = visitor(server.url)
      const cookie = { Cookie: `sid=${old}` }
      const early = when === 'before' ? late.get('/end', cookie) : undefined
      if (early) await hold.reached
      await browser.get('/move')
      hold.go()
      const { status, cookies } = await (early ?? late.get('/end', cookie))
      t.deepEqual([status, cookies], [503, []])
      t.like(server.errors[0], { code: 'ERR_SESSION_CONFLICT' })
      t.deepEqual(
        server.events.filter(([name]) => name === 'destroyed'),
        [],
      )
      t.deepEqual((await browser.get('/read')).body, { user: 'ann' })
    })
  }
}

test('a login while another tab writes: what the other one answers late does not undo the login', async (t) => {
  const hold = pause()
  const server = await serve(
    t,
    routes({
      '/first': ({ session }) => void (session.cart = ['tea']),
      '/login': async (ctx) => {
        await ctx.session.regenerate({ keep: ['cart'] })
        ctx.session.user = 'ann'
      },
      '/tab': async ({ session }) => {
        session.cart.push('cup')
        await hold.here()
      },
      '/read': ({ session }) => ({ ...session }),
    }),
    { cookie: { persistent: true } },
  )
  const browser = server.visitor()
  await browser.get('/first')
  const tab = browser.get('/tab')
  await hold.reached
  const login = tokenIn(await browser.get('/login'))
  t.truthy(login)
  hold.go()
  t.deepEqual((await tab).cookies, [])
  t.deepEqual((await browser.get('/read')).body, { cart: ['tea'], user: 'ann' })
  const conflict = server.events.find(([name]) => name === 'conflict')
  t.deepEqual(conflict?.[1].keys, ['cart'])
})

test('a login after another tab has written keeps what that one wrote', async (t) => {
  const hold = pause()
  const server = await serve(
    t,
    routes({
      '/first': ({ session }) => void (session.first = 1),
      '/login': async (ctx) => {
        t.is(ctx.session.cart, undefined)
        await hold.here()
        await ctx.session.regenerate({ keep: ['cart'] })
        ctx.session.user = 'ann'
      },
      '/tab': ({ session }) => void (session.cart = ['cup']),
      '/read': ({ session }) => ({ ...session }),
    }),
  )
  const browser = server.visitor()
  await browser.get('/first')
  await hold.during(browser.get('/login'), () => browser.get('/tab'))
  t.deepEqual((await browser.get('/read')).body, { cart: ['cup'], user: 'ann' })
})

test('the tombstone of an old id holds no data', async (t) => {
  const server = await serve(
    t,
    routes({
      '/first': ({ session }) => void (session.user = 'a secret name'),
      '/move': ({ session }) => session.changeId(),
    }),
  )
  const browser = server.visitor()
  const old = tokenIn(await browser.get('/first'))!
  await browser.get('/move')
  const left = await server.store.get(tokenToId(old))
  t.false(left!.data.includes('secret'))
})

import { get, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import test from 'ava'
import { MemoryStore } from '../../src/index.ts'
import { gate } from '../helpers/gate.ts'
import { type Loose, routes } from '../helpers/paths.ts'
import { pause } from '../helpers/pause.ts'
import { ScriptedStore } from '../helpers/scripted-store.ts'
import { serve, visitor } from '../helpers/serve.ts'

const first = ({ session }: Loose): void => void (session.count = 0)

/** A store that says when somebody asks for a lock or for a record. */
function listening(): { store: ScriptedStore; asked: (operation: string, times: number) => Promise<void> } {
  const store = new ScriptedStore(new MemoryStore())
  const counts = new Map<string, number>()
  let wanted: { operation: string; times: number; open: () => void } | undefined
  const check = (): void => {
    if (wanted && (counts.get(wanted.operation) ?? 0) >= wanted.times) wanted.open()
  }
  store.after = ({ operation }) => {
    counts.set(operation, (counts.get(operation) ?? 0) + 1)
    check()
  }
  const asked = (operation: string, times: number): Promise<void> => {
    const { opened, open } = gate()
    counts.clear()
    wanted = { operation, times, open }
    return opened
  }
  return { store, asked }
}

test('requests of one session run one after another, reads too; other sessions are not held up', async (t) => {
  const hold = pause()
  const { store, asked } = listening()
  let running = 0
  let most = 0
  const server = await serve(
    t,
    routes({
      '/first': first,
      '/add': async ({ session }) => {
        most = Math.max(most, ++running)
        const { count } = session
        if (count === 0) await hold.here()
        session.count = count + 1
        running--
      },
      '/read': ({ session }) => ({ ...session }),
    }),
    { concurrency: { mode: 'lock', wait: '1m' }, store },
  )
  const browser = server.visitor()
  const other = server.visitor()
  await browser.get('/first')
  await other.get('/first')
  const one = browser.get('/add')
  await hold.reached
  // Each looks at the record before it joins the line.
  const waiting = asked('get', 5)
  const rest = Array.from({ length: 4 }, () => browser.get('/add'))
  const read = browser.get('/read')
  await waiting
  t.deepEqual((await other.get('/read')).body, { count: 0 })
  t.is(most, 1)
  hold.go()
  await Promise.all([one, ...rest])
  t.is(((await read).body as Loose).count > 0, true)
  t.is(most, 1)
  t.deepEqual((await browser.get('/read')).body, { count: 5 })
})

test('beyond maxWaiters a request is answered 503 at once, with Retry-After, and its handler does not run', async (t) => {
  const hold = pause()
  const { store, asked } = listening()
  let runs = 0
  const server = await serve(
    t,
    routes({
      '/first': first,
      '/slow': async ({ session }) => {
        if (runs++ === 0) await hold.here()
        session.count += 1
      },
    }),
    { concurrency: { mode: 'lock', maxWaiters: 2, wait: '30s' }, store },
  )
  const browser = server.visitor()
  await browser.get('/first')
  const holder = browser.get('/slow')
  await hold.reached
  const joined = asked('get', 2)
  const waiters = [browser.get('/slow'), browser.get('/slow')]
  await joined
  const refused = await browser.get('/slow')
  t.is(refused.status, 503)
  t.is(refused.headers['retry-after'], '30')
  t.deepEqual(refused.cookies, [])
  t.is(runs, 1)
  t.like(server.errors[0], { code: 'ERR_SESSION_LOCK_TIMEOUT', retryAfter: 30 })
  hold.go()
  t.deepEqual(
    (await Promise.all([holder, ...waiters])).map(({ status }) => status),
    [200, 200, 200],
  )
})

test('a request that has waited long enough is answered 503 with Retry-After, and the next one gets its turn', async (t) => {
  const hold = pause()
  const server = await serve(
    t,
    routes({
      '/first': first,
      '/slow': () => hold.here(),
      '/read': ({ session }) => ({ ...session }),
    }),
    { concurrency: { mode: 'lock', wait: 20 } },
  )
  const browser = server.visitor()
  await browser.get('/first')
  const holder = browser.get('/slow')
  await hold.reached
  const { status, headers, cookies } = await browser.get('/read')
  t.deepEqual([status, headers['retry-after'], cookies], [503, '1', []])
  hold.go()
  t.is((await holder).status, 200)
  t.deepEqual((await browser.get('/read')).body, { count: 0 })
})

test('a client that goes away keeps the lock until its handler has ended and its work is committed', async (t) => {
  const hold = pause()
  const gone = gate()
  const { store, asked } = listening()
  let added = false
  const server = await serve(
    t,
    routes({
      '/first': first,
      '/slow': async ({ session, res }) => {
        res.once('close', () => gone.open())
        await hold.here()
        t.false(added)
        session.count = 10
      },
      '/add': ({ session }) => {
        added = true
        session.count += 1
      },
      '/read': ({ session }) => ({ ...session }),
    }),
    { concurrency: { mode: 'lock', wait: '1m' }, store },
  )
  const browser = server.visitor()
  const { cookies } = await browser.get('/first')
  const aborted = get(`${server.url}/slow`, { headers: { Cookie: cookies[0]!.split(';')[0]! } })
  aborted.on('error', () => undefined)
  await hold.reached
  aborted.destroy()
  await gone.opened
  const looked = asked('get', 1)
  const adding = browser.get('/add')
  await looked
  t.false(added)
  hold.go()
  t.is((await adding).status, 200)
  t.deepEqual((await browser.get('/read')).body, { count: 11 })
  t.deepEqual(server.errors, [])
})

for (const [what, fail] of Object.entries({
  'throws an error': (): never => {
    throw new Error('broken')
  },
  'answers with ctx.throw': (ctx: Loose): unknown => ctx.throw(409),
  'destroys the session': ({ session }: Loose): unknown => session.destroy(),
  'changes the id': ({ session }: Loose): unknown => session.changeId(),
  'cannot be saved': ({ session }: Loose): unknown => (session.count = 1n),
})) {
  test(`a handler that ${what} gives the lock back`, async (t) => {
    const server = await serve(
      t,
      routes({
        '/first': first,
        '/fail': (ctx) => void fail(ctx),
        '/read': ({ session }) => ({ ...session }),
      }),
      { concurrency: { mode: 'lock', wait: 50 } },
    )
    const browser = server.visitor()
    const { cookies } = await browser.get('/first')
    const cookie = { Cookie: cookies[0]!.split(';')[0]! }
    await visitor(server.url).get('/fail', cookie)
    t.is((await visitor(server.url).get('/read', cookie)).status, 200)
  })
}

test('with lateStore the lock is held until what was written behind a streamed body is stored', async (t) => {
  const { store, asked } = listening()
  const body = new PassThrough()
  const server = await serve(
    t,
    routes({
      '/first': first,
      '/stream': (ctx) => {
        const { session } = ctx
        session.lateStore = true
        body.once('end', () => (session.count = 'written late'))
        // The headers leave with the first bytes.
        body.write('some')
        ctx.body = body
      },
      '/read': ({ session }) => ({ ...session }),
    }),
    { concurrency: { mode: 'lock', wait: '1m' }, store },
  )
  const browser = server.visitor()
  const { cookies } = await browser.get('/first')
  const request = get(`${server.url}/stream`, { headers: { Cookie: cookies[0]!.split(';')[0]! } })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  response.resume()
  const looked = asked('get', 1)
  const read = browser.get('/read')
  await looked
  body.end('all')
  t.deepEqual((await read).body, { count: 'written late' })
})

test('a request whose lock was lost cannot overwrite: its commit is conditional', async (t) => {
  const hold = pause()
  const memory = new MemoryStore()
  // Grants the lock to everybody, as if each lease had run out.
  memory.lock = async () => ({ renew: async () => false, release: async () => undefined })
  const servers = await Promise.all(
    [new ScriptedStore(memory), new ScriptedStore(memory)].map((store) =>
      serve(
        t,
        routes({
          '/first': first,
          '/slow': async ({ session }) => {
            const { count } = session
            await hold.here()
            session.count = count + 1
          },
          '/add': ({ session }) => void (session.count += 1),
          '/read': ({ session }) => ({ ...session }),
        }),
        { concurrency: 'lock', store },
      ),
    ),
  )
  const browser = servers[0]!.visitor()
  const { cookies } = await browser.get('/first')
  const cookie = { Cookie: cookies[0]!.split(';')[0]! }
  const { status, cookies: sent } = await hold.during(browser.get('/slow'), () =>
    servers[1]!.visitor().get('/add', cookie),
  )
  t.deepEqual([status, sent], [503, []])
  t.like(servers[0]!.errors[0], { code: 'ERR_SESSION_CONFLICT' })
  t.deepEqual((await browser.get('/read')).body, { count: 1 })
})

test('a request that waited for the lock of a session that was destroyed meanwhile has none', async (t) => {
  const hold = pause()
  const { store, asked } = listening()
  const server = await serve(
    t,
    routes({
      '/first': first,
      '/end': async ({ session }) => {
        await hold.here()
        await session.destroy('signed out')
      },
      '/read': ({ session }) => ({ ...session, why: session.endReason as string }),
    }),
    { concurrency: { mode: 'lock', wait: '1m' }, store },
  )
  const browser = server.visitor()
  await browser.get('/first')
  const end = browser.get('/end')
  await hold.reached
  const looked = asked('get', 1)
  const read = browser.get('/read')
  await looked
  hold.go()
  await end
  t.deepEqual((await read).body, { why: 'signed out' })
})

test('of several tokens, the lock of one that turned out dead is given back', async (t) => {
  const hold = pause()
  const { store, asked } = listening()
  const server = await serve(
    t,
    routes({
      '/first': first,
      '/end': async ({ session }) => {
        await hold.here()
        await session.destroy()
      },
      '/read': ({ session }) => ({ ...session }),
      '/wait': () => undefined,
    }),
    { concurrency: { mode: 'lock', wait: '1m' }, store },
  )
  const [one, other] = [server.visitor(), server.visitor()]
  const cookies = [await one.get('/first'), await other.get('/first')].map(
    (a) => a.cookies[0]!.split(';')[0]!,
  )
  const end = one.get('/end')
  await hold.reached
  const looked = asked('get', 1)
  const both = visitor(server.url).get('/read', { Cookie: cookies.join('; ') })
  await looked
  const released: string[] = []
  const lock = store.inner.lock!.bind(store.inner)
  store.inner.lock = async (id, options) => {
    const held = await lock(id, options)
    return {
      renew: () => held.renew(),
      release: () => {
        released.push(id)
        return held.release()
      },
    }
  }
  hold.go()
  await end
  t.deepEqual((await both).body, { count: 0 })
  t.is(new Set(released).size, 2)
})

for (const [what, release] of Object.entries({
  rejects: async (): Promise<void> => {
    throw new Error('down')
  },
  throws: (): never => {
    throw new Error('down')
  },
})) {
  test(`a store whose release ${what} holds up nobody in this process`, async (t) => {
    const memory = new MemoryStore()
    memory.lock = async () => ({ renew: async () => true, release })
    const server = await serve(t, routes({ '/first': first, '/read': ({ session }) => ({ ...session }) }), {
      concurrency: { mode: 'lock', wait: 50 },
      store: new ScriptedStore(memory),
    })
    const browser = server.visitor()
    await browser.get('/first')
    t.is((await browser.get('/read')).status, 200)
    t.is((await browser.get('/read')).status, 200)
  })
}

import test from 'ava'
import { type ConcurrencyMode, FileStore, MemoryStore, type Store } from '../../src/index.ts'
import { newFolder } from '../helpers/file-folder.ts'
import { type Loose, routes } from '../helpers/paths.ts'
import { pause } from '../helpers/pause.ts'
import { ScriptedStore } from '../helpers/scripted-store.ts'
import { serve } from '../helpers/serve.ts'

const MODES: readonly ConcurrencyMode[] = ['merge', 'last-write', 'lock']

const counting = routes({
  '/first': ({ session }) => void (session.count = 0),
  '/count': ({ session }) => session.update((data: Loose) => (data.count += 1)) as unknown,
  '/read': ({ session }) => ({ ...session }),
})

for (const mode of MODES) {
  test(`200 parallel updates count 200: ${mode}`, async (t) => {
    const concurrency = mode === 'lock' ? ({ mode, maxWaiters: 200, wait: '1m' } as const) : mode
    const { visitor } = await serve(t, counting, { concurrency })
    const browser = visitor()
    await browser.get('/first')
    const answers = await Promise.all(Array.from({ length: 200 }, () => browser.get('/count')))
    t.deepEqual(
      answers.filter(({ status }) => status !== 200),
      [],
    )
    // Each one got a number of its own.
    t.is(new Set(answers.map(({ text }) => text)).size, 200)
    t.deepEqual((await browser.get('/read')).body, { count: 200 })
  })

  test(`an update is not undone by a request that had loaded before and saves other keys: ${mode}`, async (t) => {
    if (mode === 'lock') {
      t.pass('such requests do not overlap')
      return
    }
    const { visitor } = await serve(
      t,
      routes({
        '/first': ({ session }) => void (session.count = 0),
        '/both': async ({ session }) => {
          session.other = 1
          await session.update((data: Loose) => (data.count += 1))
        },
        '/read': ({ session }) => ({ ...session }),
      }),
      { concurrency: mode },
    )
    const browser = visitor()
    await browser.get('/first')
    await Promise.all(Array.from({ length: 20 }, () => browser.get('/both')))
    t.like((await browser.get('/read')).body, { other: 1, count: 20 })
  })
}

test('updates through two middlewares on one store, as in two processes, are exact', async (t) => {
  // Two wrappers, so that the queue of one does not hold back the other.
  const memory = new MemoryStore()
  const stores: Store[] = [new ScriptedStore(memory), new ScriptedStore(memory)]
  const servers = await Promise.all(stores.map((store) => serve(t, counting, { store })))
  const browser = servers[0]!.visitor()
  const { cookies } = await browser.get('/first')
  const cookie = { Cookie: cookies[0]!.split(';')[0]! }
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, n) => servers[n % 2]!.visitor().get('/count', cookie)),
  )
  t.true(answers.every(({ status }) => status === 200))
  t.deepEqual((await browser.get('/read')).body, { count: 60 })
})

test('60 parallel updates on disk count 60', async (t) => {
  const store = new FileStore({ dir: newFolder(t), sweepInterval: false })
  t.teardown(() => store.close())
  const { visitor } = await serve(t, counting, { store })
  const browser = visitor()
  await browser.get('/first')
  await Promise.all(Array.from({ length: 60 }, () => browser.get('/count')))
  t.deepEqual((await browser.get('/read')).body, { count: 60 })
})

test('an update that finds other changes on the way reports what of this request met them', async (t) => {
  const store = new ScriptedStore(new MemoryStore())
  const server = await serve(
    t,
    routes({
      '/first': ({ session }) => void Object.assign(session as object, { colour: 'red', count: 0 }),
      '/paint': ({ session }) => void (session.colour = 'green'),
      '/slow': async (ctx) => {
        ctx.session.colour = 'blue'
        await server.visitor().get('/paint', { Cookie: ctx.get('Cookie') })
        await ctx.session.update((data: Loose) => (data.count += 1))
        t.is(ctx.session.colour, 'blue')
      },
      '/read': ({ session }) => ({ ...session }),
    }),
    { store },
  )
  const browser = server.visitor()
  await browser.get('/first')
  await browser.get('/slow')
  t.deepEqual((await browser.get('/read')).body, { colour: 'blue', count: 1 })
  t.deepEqual(
    server.events.flatMap(([name, { keys }]) => (name === 'conflict' ? [keys] : [])),
    [['colour']],
  )
})

for (const [mode, result] of Object.entries({
  merge: { count: 1, other: 1 },
  // As docs/concurrency.md says: all data of the last request to finish.
  'last-write': { count: 0, other: 1 },
} as const)) {
  test(`what a plain save that is slower makes of an update: ${mode}`, async (t) => {
    const slow = pause()
    const { visitor } = await serve(
      t,
      routes({
        '/first': ({ session }) => void (session.count = 0),
        '/slow': async ({ session }) => {
          session.other = 1
          await slow.here()
        },
        '/count': ({ session }) => session.update((data: Loose) => (data.count += 1)) as unknown,
        '/read': ({ session }) => ({ ...session }),
      }),
      { concurrency: mode as ConcurrencyMode },
    )
    const browser = visitor()
    await browser.get('/first')
    await slow.during(browser.get('/slow'), () => browser.get('/count'))
    t.deepEqual((await browser.get('/read')).body, result)
  })
}

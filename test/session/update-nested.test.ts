import { AsyncLocalStorage } from 'node:async_hooks'
import test from 'ava'
import { MemoryStore } from '../../src/index.ts'
import { sharedStore } from '../../src/persistence/shared-store.ts'
import { gate } from '../helpers/gate.ts'
import { type Loose, routes } from '../helpers/paths.ts'
import { pause } from '../helpers/pause.ts'
import { serve } from '../helpers/serve.ts'

const first = ({ session }: Loose): void => void Object.assign(session, { count: 1 })
const read = ({ session }: Loose): object => ({ ...session })

const VERBS: Record<string, (ctx: Loose) => unknown> = {
  save: ({ session }) => session.save(),
  touch: ({ session }) => session.touch(),
  reload: ({ session }) => session.reload(),
  update: ({ session }) => session.update(() => 1),
  changeId: ({ session }) => session.changeId(),
  regenerate: ({ session }) => session.regenerate(),
  destroy: ({ session }) => session.destroy(),
  'a callback of save': ({ session }) =>
    new Promise((_resolve, reject) => void session.save((error: Error) => reject(error))),
  'session = null': (ctx) => void (ctx.session = null),
}

for (const [verb, call] of Object.entries(VERBS)) {
  for (const [when, pass] of Object.entries({
    'at once': undefined,
    later: () => new Promise(setImmediate),
  })) {
    test(`${verb} from inside of update is refused ${when}, and the session goes on`, async (t) => {
      const codes: string[] = []
      const handler = routes({
        '/first': first,
        '/read': read,
        '/': (ctx: Loose) =>
          ctx.session.update(async (data: Loose) => {
            data.count += 1
            await pass?.()
            await (async () => call(ctx))().catch((error: Loose) => codes.push(error.code))
          }),
      })
      const browser = (await serve(t, handler)).visitor()
      await browser.get('/first')
      t.is((await browser.get('/')).status, 200)
      t.deepEqual(codes, ['ERR_SESSION_NESTED'])
      t.deepEqual((await browser.get('/read')).body, { count: 2 })
    })
  }
}

test('a verb that is refused and that nobody waits for is reported', async (t) => {
  const handler = routes({
    '/': ({ session }: Loose) => session.update((data: Loose) => void (session.destroy(), (data.count = 1))),
  })
  const { visitor, errors } = await serve(t, handler)
  t.is((await visitor().get('/')).status, 200)
  t.like(errors, [{ code: 'ERR_SESSION_NESTED' }])
})

test('verbs of another session, and of this one after the update, are not refused', async (t) => {
  const handler = routes({
    '/': async ({ session }: Loose) => {
      let started: Promise<void> | undefined
      const over = gate()
      await session.update((data: Loose) => {
        data.count = 1
        started = over.opened.then(() => session.save())
      })
      over.open()
      await started
      await session.update((data: Loose) => (data.count += 1))
      return { ...session }
    },
  })
  t.deepEqual((await (await serve(t, handler)).visitor().get('/')).body, { count: 2 })
})

test('nothing is paid for when no update runs: other storages keep their hooks, ours is off', async (t) => {
  const other = new AsyncLocalStorage<number>()
  const handler = routes({
    '/': ({ session }: Loose) =>
      other.run(7, async () => {
        await session.update((data: Loose) => (data.count = other.getStore()))
        return { count: session.count, after: other.getStore() }
      }),
  })
  t.deepEqual((await (await serve(t, handler)).visitor().get('/')).body, { count: 7, after: 7 })
})

test('an update that never ends does not block those of other requests', async (t) => {
  const store = new MemoryStore()
  Object.assign(sharedStore(store).turns, { longest: 20 })
  const stuck = pause()
  const handler = routes({
    '/first': first,
    '/stuck': ({ session }: Loose) =>
      session.update(async (data: Loose) => {
        data.count += 100
        await stuck.here()
      }),
    '/add': ({ session }: Loose) => session.update((data: Loose) => (data.count += 1)),
    '/read': read,
  })
  const browser = (await serve(t, handler, { store })).visitor()
  await browser.get('/first')
  const slow = browser.get('/stuck')
  await stuck.reached
  await Promise.all([1, 2, 3].map(() => browser.get('/add')))
  t.deepEqual((await browser.get('/read')).body, { count: 4 })
  stuck.go()
  t.is((await slow).status, 200)
  t.deepEqual((await browser.get('/read')).body, { count: 104 })
})

test('a session that ends while its update runs sends no cookie of what the update has stored', async (t) => {
  const running = pause()
  const handler = routes({
    '/first': first,
    '/read': read,
    '/': async (ctx: Loose) => {
      const updating = ctx.session.update(async (data: Loose) => {
        data.count += 1
        await running.here()
      })
      await running.reached
      ctx.session = null
      running.go()
      await updating
    },
  })
  const browser = (await serve(t, handler)).visitor()
  await browser.get('/first')
  const { status, cookies } = await browser.get('/')
  t.is(status, 200)
  t.regex(cookies[0]!, /^sid=;/)
  t.deepEqual((await browser.get('/read')).body, {})
})

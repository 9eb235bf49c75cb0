import test from 'ava'
import type { Context } from 'koa'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { WatchedStore } from '../helpers/watched-store.ts'
import { me, serveAccounts } from './accounts.ts'

const TABLE = { '/count': (ctx: Context) => (ctx.session.count = (ctx.session.count ?? 0) + 1) }

async function serveWatched(t: Parameters<typeof serveAccounts>[0], options: object = {}) {
  const store = new WatchedStore()
  const served = await serveAccounts(t, TABLE, { store, ...options })
  const cost = async (work: () => Promise<unknown>): Promise<string[]> => {
    store.forget()
    await work()
    return [...store.calls]
  }
  return { ...served, watched: store, cost }
}

test('a request without a subject costs nothing more', async (t) => {
  const { visitor, cost } = await serveWatched(t)
  const nobody = visitor()
  t.deepEqual(await cost(() => nobody.get('/nothing')), [])
  t.deepEqual(await cost(() => nobody.get('/count')), ['set'])
  t.deepEqual(await cost(() => nobody.get('/count')), ['get', 'set'])
  t.deepEqual(await cost(() => me(nobody)), ['get'])
})

test('a request of a session with a subject costs a second read', async (t) => {
  const { login, cost } = await serveWatched(t)
  const ann = await login()
  t.deepEqual(await cost(() => me(ann)), ['get', 'get'])
  t.deepEqual(await cost(() => ann.get('/count')), ['get', 'get', 'set'])
})

test('a login costs two reads and a write of the index, a logout a read and a write', async (t) => {
  const { login, cost } = await serveWatched(t)
  await login()
  t.deepEqual(await cost(() => login()), ['get', 'get', 'set', 'set'])
  const ann = await login()
  // The look on the way in, the tombstone, the entry.
  t.deepEqual(await cost(() => ann.get('/logout')), ['get', 'get', 'set', 'get', 'set'])
})

test('within recheck a request costs no second read, and what was ended elsewhere goes on', async (t) => {
  const { login, accounts, cost, clock } = await serveWatched(t, { recheck: '10s' })
  const ann = await login()
  await me(ann)
  t.deepEqual(await cost(() => me(ann)), ['get'])
  // As another process does it.
  await accounts.index.revoke('ann', { reason: 'elsewhere' })
  clock.advance('9s')
  t.is((await me(ann)).user, 'ann')
  clock.advance('1s')
  t.like(await me(ann), { user: null, reason: 'elsewhere' })
})

test('what this process ends itself does not wait for recheck', async (t) => {
  const { login, accounts } = await serveWatched(t, { recheck: '1h' })
  const ann = await login()
  await me(ann)
  await accounts.endAll('ann')
  t.is((await me(ann)).user, null)
})

test('a use is known to the minute, without a write of its own where the record is touched', async (t) => {
  const { login, accounts, clock, cost } = await serveWatched(t)
  const ann = await login()
  for (let minute = 0; minute < 3; minute += 1) {
    clock.advance(61_000)
    t.deepEqual(await cost(() => me(ann)), ['get', 'get', 'touch'])
    t.is(Number((await accounts.list('ann'))[0]!.usedAt), clock())
  }
  clock.advance(59_000)
  t.deepEqual(await cost(() => me(ann)), ['get', 'get'])
})

test('where the record is touched more rarely, a use is written down once a minute', async (t) => {
  const { login, accounts, clock, cost } = await serveWatched(t, { session: { expiryThreshold: '10m' } })
  const ann = await login()
  clock.advance(30_000)
  t.deepEqual(await cost(() => me(ann)), ['get', 'get'])
  clock.advance(31_000)
  t.deepEqual(await cost(() => me(ann)), ['get', 'get', 'get', 'set'])
  t.is(Number((await accounts.list('ann'))[0]!.usedAt), clock())
  clock.advance(59_000)
  t.deepEqual(await cost(() => me(ann)), ['get', 'get'])
  clock.advance(1000)
  t.deepEqual(await cost(() => me(ann)), ['get', 'get', 'get', 'set'])
  t.deepEqual(await cost(() => ann.get('/nothing')), ['get', 'get'])
})

test('a request that does not look at the session is no use of it', async (t) => {
  const clock = fakeClock()
  const { login, accounts, cost } = await serveWatched(t, { clock })
  const ann = await login()
  const { usedAt } = (await accounts.list('ann'))[0]!
  clock.advance('5m')
  t.deepEqual(await cost(() => ann.get('/nothing')), ['get', 'get'])
  t.deepEqual((await accounts.list('ann'))[0]!.usedAt, usedAt)
})

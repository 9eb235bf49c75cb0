import { execFile } from 'node:child_process'
import { setImmediate as turn } from 'node:timers/promises'
import { inspect, promisify } from 'node:util'
import test from 'ava'
import { SessionConfigError, StoreUnavailableError } from '../../src/errors.ts'
import { MemoryStore } from '../../src/stores/memory.ts'
import type { MemoryStoreOptions } from '../../src/stores/memory.ts'
import { RETENTION } from '../../src/stores/store.ts'
import { fakeClock } from '../../src/testing/index.ts'
import type { FakeClock } from '../../src/testing/index.ts'

const HOUR = 3_600_000

/** A store and its clock; no test shares one with another. */
function setUp(options: MemoryStoreOptions = {}): { store: MemoryStore; clock: FakeClock } {
  const clock = fakeClock(1_700_000_000_000)
  return { clock, store: new MemoryStore({ clock, ...options }) }
}

const fill = (store: MemoryStore, count: number, expiresAt: (n: number) => number, name = 'id'): void => {
  for (let n = 0; n < count; n += 1) store.set(`${name} ${n}`, `data ${n}`, expiresAt(n), 'absent')
}

test('get, set, touch and delete answer at once', (t) => {
  const { store, clock } = setUp()
  t.deepEqual(store.set('id', 'data', clock() + HOUR, 'absent'), { ok: true, version: '1' })
  t.deepEqual(store.get('id'), { data: 'data', version: '1', expiresAt: clock() + HOUR })
  t.is(store.touch('id', clock() + 2 * HOUR, '1'), true)
  t.is(store.delete('id'), true)
})

test('the bound holds, and the least recently created goes first', (t) => {
  const { store, clock } = setUp({ max: 3 })
  fill(store, 5, () => clock() + HOUR)
  t.is(store.size, 3)
  t.deepEqual(
    [0, 1, 2, 3, 4].map((n) => store.get(`id ${n}`)?.data),
    [undefined, undefined, 'data 2', 'data 3', 'data 4'],
  )
})

const uses: Record<string, (store: MemoryStore, now: number) => unknown> = {
  get: (store) => store.get('id 0'),
  set: (store, now) => store.set('id 0', 'data 0', now + HOUR, 'present'),
  touch: (store, now) => store.touch('id 0', now + HOUR, '1'),
}
for (const [name, use] of Object.entries(uses)) {
  test(`a ${name} counts as use`, (t) => {
    const { store, clock } = setUp({ max: 3 })
    fill(store, 3, () => clock() + HOUR)
    use(store, clock())
    store.set('new', 'data', clock() + HOUR, 'absent')
    t.is(store.get('id 0')?.data, 'data 0')
    t.is(store.get('id 1'), undefined)
  })
}

test('a refused set counts as no use and drives nothing out', (t) => {
  const { store, clock } = setUp({ max: 2 })
  fill(store, 2, () => clock() + HOUR)
  store.set('id 0', 'new', clock() + HOUR, 'absent')
  store.set('other', 'new', clock() + HOUR, 'present')
  t.is(store.size, 2)
  store.set('new', 'data', clock() + HOUR, 'absent')
  t.is(store.get('id 0'), undefined)
})

test('a store of one record works', (t) => {
  const { store, clock } = setUp({ max: 1 })
  fill(store, 3, () => clock() + HOUR)
  t.is(store.get('id 2')?.data, 'data 2')
  t.true(store.delete('id 2'))
  t.is(store.size, 0)
  fill(store, 1, () => clock() + HOUR)
  t.is(store.size, 1)
})

test('room that was given back is used again', (t) => {
  const { store, clock } = setUp({ max: 4 })
  for (let round = 0; round < 10; round += 1) {
    fill(store, 4, () => clock() + HOUR, `round ${round}`)
    t.is(store.size, 4)
    for (let n = 0; n < 4; n += 1) t.true(store.delete(`round ${round} ${n}`))
  }
  t.is(store.size, 0)
})

test('touch only extends', (t) => {
  const { store, clock } = setUp()
  const expiresAt = clock() + HOUR
  store.set('id', 'data', expiresAt, 'absent')
  t.true(store.touch('id', expiresAt - 1, '1'))
  t.is(store.get('id')?.expiresAt, expiresAt)
  t.true(store.touch('id', expiresAt + 1, '1'))
  t.is(store.get('id')?.expiresAt, expiresAt + 1)
})

test('expired records leave in passing of sets', (t) => {
  const { store, clock } = setUp()
  fill(store, 20, () => clock() + HOUR)
  clock.advance(3 * HOUR)
  for (let n = 0; store.get('id 0') || store.get('id 19'); n += 1) {
    t.true(n < 2_000)
    store.set('other', 'data', clock() + HOUR, n === 0 ? 'absent' : 'present')
  }
  t.is(store.size, 1)
})

test('a set looks at a few records only, however many are due', (t) => {
  const { store, clock } = setUp()
  fill(store, 5_000, () => clock() + HOUR)
  clock.advance(3 * HOUR)
  for (let n = 0; n < 500; n += 1) {
    const before = store.size
    store.set('other', 'data', clock() + HOUR, n === 0 ? 'absent' : 'present')
    t.true(before - store.size <= 64)
  }
})

test('a sweep lets other work run', async (t) => {
  const { store, clock } = setUp()
  fill(store, 20_000, (n) => clock() + n)
  clock.advance(HOUR)
  const state = { sweeping: true, turns: 0 }
  const sweeping = store.sweep({ slice: 0 }).finally(() => (state.sweeping = false))
  let before = store.size
  while (state.sweeping) {
    await turn()
    state.turns += 1
    t.true(before - store.size <= 2_000, `${before - store.size} went in one turn`)
    before = store.size
  }
  // Some may have gone by themselves meanwhile.
  t.true((await sweeping).done)
  t.is(store.size, 0)
  t.true(state.turns > 10)
})

test('a sweep ends when the store is closed', async (t) => {
  const { store, clock } = setUp()
  fill(store, 20_000, (n) => clock() + n)
  clock.advance(HOUR)
  const sweeping = store.sweep({ slice: 0 })
  store.close()
  t.true((await sweeping).done)
})

test('a record is forgotten a minute after its deadline, to the millisecond', async (t) => {
  const { store, clock } = setUp()
  for (const ms of [0, 1, 499, 999]) {
    const expiresAt = clock() + HOUR + ms
    store.set('id', 'data', expiresAt, 'absent')
    clock.set(expiresAt + RETENTION - 1)
    t.deepEqual(await store.sweep(), { removed: 0, done: true })
    clock.advance(1)
    t.deepEqual(await store.sweep(), { removed: 1, done: true })
  }
})

test('records leave at their own deadlines, whatever these are', async (t) => {
  const { store, clock } = setUp()
  const start = clock()
  const deadlines = Array.from({ length: 3_000 }, (_, n) => start + ((n * 7_919_777) % (26 * HOUR)))
  fill(store, 3_000, (n) => deadlines[n]!)
  for (let hour = 1; hour <= 27; hour += 1) {
    clock.set(start + hour * HOUR)
    await store.sweep()
    t.is(store.size, deadlines.filter((deadline) => deadline + RETENTION > clock()).length)
  }
  t.is(store.size, 0)
})

test('deadlines that are moved to and fro are kept', async (t) => {
  const { store, clock } = setUp()
  const deadlines = new Map<string, number>()
  for (let n = 0; n < 5_000; n += 1) {
    const id = `id ${(n * 31) % 97}`
    const deadline = clock() + ((n * 104_729) % (5 * HOUR))
    const known = deadlines.get(id)
    if (n % 11 === 0) {
      t.is(store.delete(id), known !== undefined)
      deadlines.delete(id)
    } else if (n % 3 === 0) {
      t.is(store.touch(id, deadline, store.get(id)?.version ?? ''), known !== undefined)
      if (known !== undefined) deadlines.set(id, Math.max(known, deadline))
    } else {
      store.set(id, 'data', deadline, known === undefined ? 'absent' : 'present')
      deadlines.set(id, deadline)
    }
    // Hours ahead, and now and then some back.
    clock.advance(n % 500 === 499 ? -2 * HOUR : 4_000)
    await store.sweep()
    for (const [id, deadline] of deadlines) if (deadline + RETENTION <= clock()) deadlines.delete(id)
    t.is(store.size, deadlines.size)
  }
})

test('a deadline of Infinity is never over', async (t) => {
  const { store, clock } = setUp()
  store.set('id', 'data', Infinity, 'absent')
  clock.advance(1_000 * 365 * 24 * HOUR)
  t.deepEqual(await store.sweep(), { removed: 0, done: true })
  t.is(store.get('id')?.expiresAt, Infinity)
})

test('a store that was full and swept works on', async (t) => {
  const { store, clock } = setUp({ max: 100 })
  for (let round = 0; round < 5; round += 1) {
    fill(store, 150, () => clock() + HOUR, `round ${round}`)
    t.is(store.size, 100)
    clock.advance(2 * HOUR)
    t.is((await store.sweep()).removed, 100)
  }
})

test('a closed store has forgotten everything', (t) => {
  const { store, clock } = setUp()
  fill(store, 3, () => clock() + HOUR)
  store.close()
  t.is(store.size, 0)
  t.throws(() => store.get('id 0'), { instanceOf: StoreUnavailableError })
})

test('a lock after close is refused', async (t) => {
  const { store } = setUp()
  store.close()
  await t.throwsAsync(store.lock('id', { wait: 1, lease: 1 }), { instanceOf: StoreUnavailableError })
})

test('a lock that was held when the store was closed is lost', async (t) => {
  const { store } = setUp()
  const lock = await store.lock('id', { wait: 1_000, lease: 60_000 })
  store.close()
  t.false(await lock.renew())
  await t.notThrowsAsync(lock.release())
})

test('retryAfter is the wait in whole seconds', async (t) => {
  const { store } = setUp()
  await store.lock('id', { wait: 1, lease: 60_000 })
  const error = await t.throwsAsync(store.lock('id', { wait: 1, lease: 60_000 }), {
    code: 'ERR_SESSION_LOCK_TIMEOUT',
  })
  t.like(error, { status: 503, retryAfter: 1, headers: { 'Retry-After': '1' } })
  store.close()
})

test('records and locks do not keep a process alive', async (t) => {
  const program = `
    import { MemoryStore } from ${JSON.stringify(new URL('../../src/stores/memory.js', import.meta.url).href)}
    const store = new MemoryStore()
    store.set('id', 'data', Date.now() + 3600000, 'absent')
    await store.lock('id', { wait: 1000, lease: 3600000 })`
  const run = promisify(execFile)
  await t.notThrowsAsync(
    run(process.execPath, ['--input-type=module', '--eval', program], { timeout: 20_000 }),
  )
})

const wrong: [unknown, RegExp][] = [
  [{ max: 0 }, /max of MemoryStore to be an integer from 1 to 16777216, got 0/],
  [{ max: 1.5 }, /got 1\.5/],
  [{ max: '5' }, /got '5'/],
  [{ max: Infinity }, /got Infinity/],
  [{ max: 2 ** 24 + 1 }, /got 16777217/],
  [{ clock: 5 }, /clock of MemoryStore to be a function that returns milliseconds, got 5/],
  [{ clock: (): string => '5' }, /got '5'/],
  [{ clock: Number.NaN.valueOf.bind(Number.NaN) }, /got NaN/],
  [{ clok: Date.now }, /option 'MemoryStore\.clok'\. Did you mean 'MemoryStore\.clock'\?/],
  [{ ttl: 5 }, /Unknown option 'MemoryStore\.ttl'\. Expected one of max, clock\./],
  [null, /the options of MemoryStore to be an object, got null/],
]
for (const [options, message] of wrong) {
  test(`wrong options are refused: ${inspect(options)}`, (t) => {
    t.throws(() => Reflect.construct(MemoryStore, [options]), { instanceOf: SessionConfigError, message })
  })
}

test('options that are undefined have their defaults', (t) => {
  t.notThrows(() => new MemoryStore({ max: undefined, clock: undefined }))
})

import { execFile } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { LockTimeoutError, StoreUnavailableError } from '../../../src/errors.ts'
import { uptime } from '../../../src/stores/file/boot.ts'
import { nextSerial, tagOf } from '../../../src/stores/file/mark.ts'
import { fileOf, filesIn, idOf, newFolder, openStore } from '../../helpers/file-folder.ts'

const id = idOf('a')
const PATIENT = { wait: 600_000, lease: 600_000 }

test('a lock is exclusive, also through another store, and free after its release', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir)
  const other = openStore(t, dir)
  const lock = await store.lock(id, PATIENT)
  for (const one of [store, other]) {
    await t.throwsAsync(one.lock(id, { wait: 0, lease: 1_000 }), { instanceOf: LockTimeoutError })
  }
  await lock.release()
  await (await other.lock(id, { wait: 0, lease: 1_000 })).release()
  t.deepEqual(filesIn(dir), [])
})

test('a timeout says when to try again, in whole seconds', async (t) => {
  const store = openStore(t, newFolder(t))
  await store.lock(id, PATIENT)
  const error = await t.throwsAsync(store.lock(id, { wait: 0, lease: 1_000 }), {
    instanceOf: LockTimeoutError,
  })
  t.is(error?.retryAfter, 1)
  t.is(error?.headers['Retry-After'], '1')
  t.is(error?.status, 503)
})

test('locks of different ids do not meet', async (t) => {
  const store = openStore(t, newFolder(t))
  await store.lock(id, PATIENT)
  await t.notThrowsAsync(store.lock(idOf('b'), { wait: 0, lease: 1_000 }))
})

test('a lock of a request does not hinder reads and writes', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir)
  await store.lock(id, PATIENT)
  const other = openStore(t, dir)
  t.true((await other.set(id, 'data', Date.now(), 'absent')).ok)
  t.true(await other.delete(id))
})

test('waiters of one process are served in order', async (t) => {
  const store = openStore(t, newFolder(t))
  const first = await store.lock(id, PATIENT)
  const order: number[] = []
  const waiting = Array.from({ length: 8 }, async (_, n) => {
    const lock = await store.lock(id, PATIENT)
    order.push(n)
    await new Promise(setImmediate)
    await lock.release()
  })
  await first.release()
  await Promise.all(waiting)
  t.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7])
})

test('a waiter whose time is up leaves the line to the others', async (t) => {
  const store = openStore(t, newFolder(t))
  const first = await store.lock(id, PATIENT)
  const gone = t.throwsAsync(store.lock(id, { wait: 5, lease: 1_000 }), { instanceOf: LockTimeoutError })
  const second = store.lock(id, PATIENT)
  const hurried = t.throwsAsync(store.lock(id, { wait: 5, lease: 1_000 }), { instanceOf: LockTimeoutError })
  await Promise.all([gone, hurried])
  await first.release()
  await t.notThrowsAsync(second)
})

test('a lease that is not renewed is over after its time, and its release removes no other', async (t) => {
  const dir = newFolder(t)
  let now = 1_000_000
  const store = openStore(t, dir, {}, { uptime: () => now })
  const first = await store.lock(id, { wait: 0, lease: 1_000 })
  now += 1_000
  await t.throwsAsync(store.lock(id, { wait: 0, lease: 1_000 }), { instanceOf: LockTimeoutError })
  now += 1
  const second = await store.lock(id, { wait: 0, lease: 1_000 })
  t.false(await first.renew())
  await first.release()
  await first.release()
  t.deepEqual(filesIn(dir), [`${fileOf(dir, id).slice(dir.length + 1)}.lease`])
  t.true(await second.renew())
  await second.release()
  t.deepEqual(filesIn(dir), [])
})

test('renewing prolongs the lease', async (t) => {
  let now = 1_000_000
  const store = openStore(t, newFolder(t), {}, { uptime: () => now })
  const lock = await store.lock(id, { wait: 0, lease: 1_000 })
  for (let n = 0; n < 5; n += 1) {
    now += 900
    t.true(await lock.renew())
  }
  now += 999
  await t.throwsAsync(store.lock(id, { wait: 0, lease: 1_000 }), { instanceOf: LockTimeoutError })
  await lock.release()
  t.false(await lock.renew())
})

test('close sends the waiting away and gives back what is held', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir)
  const held = await store.lock(id, PATIENT)
  const waiting = t.throwsAsync(store.lock(id, PATIENT), { instanceOf: StoreUnavailableError })
  await store.close()
  await waiting
  t.deepEqual(filesIn(dir), [])
  await t.notThrowsAsync(held.release())
  t.false(await held.renew())
})

const HOUR = 3_600_000

for (const [what, step] of [
  ['forward', HOUR],
  ['back', -HOUR],
] as const) {
  test.serial(
    `a step of the wall clock by an hour ${what} neither ends a lease nor prolongs it`,
    async (t) => {
      const dir = newFolder(t)
      let monotonic = 1_000_000
      const open = () => openStore(t, dir, {}, { uptime: () => monotonic })
      const lock = await open().lock(id, { wait: 0, lease: 1_000 })
      const { now } = Date
      t.teardown(() => (Date.now = now))
      Date.now = () => now() + step
      await t.throwsAsync(open().lock(id, { wait: 0, lease: 1_000 }), { instanceOf: LockTimeoutError })
      monotonic += 900
      t.true(await lock.renew())
      monotonic += 900
      await t.throwsAsync(open().lock(id, { wait: 0, lease: 1_000 }), { instanceOf: LockTimeoutError })
      monotonic += 101
      await (await open().lock(id, { wait: 0, lease: 1_000 })).release()
      t.false(await lock.renew())
    },
  )
}

test('the clock of leases is one for all processes of this boot, and does not follow the wall clock', async (t) => {
  const { now } = Date
  const [before, wall] = [uptime(), now()]
  t.true(before < wall / 2)
  const script = `import { uptime } from ${JSON.stringify(import.meta.resolve('../../../src/stores/file/boot.js'))}
    console.log(uptime())`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script])
  t.true(before <= Number(stdout) && Number(stdout) <= uptime())
})

test.serial('a lease of an earlier boot is over when it was not renewed for a minute', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir)
  const [pid, start, , ...serial] = tagOf(nextSerial()).split('-')
  const path = `${fileOf(dir, id)}.lease`
  mkdirSync(dirname(path), { recursive: true })
  // Its end by the clock of a boot that lasted longer than this one.
  symlinkSync(`${[pid, start, '000000000', ...serial].join('-')}-${(uptime() + HOUR).toString(36)}`, path)
  await t.throwsAsync(store.lock(id, { wait: 0, lease: 1_000 }), { instanceOf: LockTimeoutError })
  const { now } = Date
  t.teardown(() => (Date.now = now))
  Date.now = () => now() + 61_000
  await t.notThrowsAsync(store.lock(id, { wait: 0, lease: 1_000 }))
})

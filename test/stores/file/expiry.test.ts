import { mkdirSync, statSync, symlinkSync, truncateSync, utimesSync } from 'node:fs'
import { dirname } from 'node:path'
import test from 'ava'
import { create, fileOf, idOf, newFolder, openStore } from '../../helpers/file-folder.ts'

const id = idOf('a')
const DAY = 86_400_000
const YEAR_9999 = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

test('touch moves the deadline and keeps data and version', async (t) => {
  const store = openStore(t, newFolder(t))
  const version = await create(store, id, 'data', 2_000_000)
  t.true(await store.touch(id, 3_000_000, version))
  t.deepEqual(await store.get(id), { data: 'data', version, expiresAt: 3_000_000 })
})

test('touch of nothing is false and creates nothing', async (t) => {
  const store = openStore(t, newFolder(t))
  t.false(await store.touch(id, 3_000_000, 'version'))
  t.false(await store.touch(id, YEAR_9999, 'version'))
  t.is(await store.get(id), undefined)
})

test('touch of another version is false and changes nothing', async (t) => {
  const store = openStore(t, newFolder(t))
  const version = await create(store, id, 'old', 2_000_000)
  await store.set(id, 'new', 1_000_000, 'present')
  const before = await store.get(id)
  t.false(await store.touch(id, 3_000_000, version))
  t.false(await store.touch(id, YEAR_9999, version))
  t.deepEqual(await store.get(id), before)
})

test('touch of a damaged file is false, and leaves it as it is', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir)
  const version = await create(store, id, 'data', 2_000_000)
  truncateSync(fileOf(dir, id), 10)
  const before = statSync(fileOf(dir, id)).mtimeMs
  t.false(await store.touch(id, 3_000_000, version))
  t.is(statSync(fileOf(dir, id)).mtimeMs, before)
})

test('touch follows no link', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir)
  const version = await create(store, id, 'data', 2_000_000)
  mkdirSync(dirname(fileOf(dir, idOf('b'))), { recursive: true })
  symlinkSync(fileOf(dir, id), fileOf(dir, idOf('b')))
  await t.throwsAsync(async () => store.touch(idOf('b'), 3_000_000, version), {
    code: 'ERR_STORE_UNAVAILABLE',
  })
  t.is((await store.get(id))?.expiresAt, 2_000_000)
})

test('touch does not write the file', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir)
  const version = await create(store, id, 'data', 2_000_000)
  const before = statSync(fileOf(dir, id)).ino
  await store.touch(id, 3_000_000, version)
  t.is(statSync(fileOf(dir, id)).ino, before)
  t.is(statSync(fileOf(dir, id)).mtimeMs, 3_000_000)
})

test('an earlier deadline never shortens by touch', async (t) => {
  const store = openStore(t, newFolder(t))
  const version = await create(store, id, 'data', 2_000_000)
  await store.touch(id, 3_000_000, version)
  t.true(await store.touch(id, 2_500_000, version))
  t.true(await store.touch(id, 1, version))
  t.is((await store.get(id))?.expiresAt, 3_000_000)
})

test('a set does shorten it', async (t) => {
  const store = openStore(t, newFolder(t))
  await store.set(id, 'data', 3_000_000, 'absent')
  await store.set(id, 'data', 2_000_000, 'present')
  t.is((await store.get(id))?.expiresAt, 2_000_000)
})

test('a backup tool that resets file times takes back extensions only', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir)
  await store.touch(id, 3_000_000, await create(store, id, 'data', 2_000_000))
  utimesSync(fileOf(dir, id), 1, 1)
  t.is((await store.get(id))?.expiresAt, 2_000_000)
})

test('deadlines are exact to the millisecond, by set and by touch', async (t) => {
  const store = openStore(t, newFolder(t))
  const now = Date.now()
  const version = await create(store, id, 'data', now)
  for (let n = 0; n < 1_000; n += 7) {
    await store.touch(id, now + n, version)
    t.is((await store.get(id))?.expiresAt, now + n)
  }
})

for (const [name, expiresAt] of Object.entries({
  'beyond 2 ** 31 ms': 2 ** 31 + 1,
  'in ten years': Date.now() + 3_652 * DAY,
  'in a hundred years': Date.now() + 36_525 * DAY,
  'in the year 9999': YEAR_9999,
  'at the last moment of a Date': 8.64e15,
  never: Infinity,
})) {
  test(`a deadline ${name} is kept by set and by touch`, async (t) => {
    const store = openStore(t, newFolder(t))
    await store.set(id, 'data', expiresAt, 'absent')
    t.is((await store.get(id))?.expiresAt, expiresAt)
    const version = await create(store, idOf('b'), 'data', 1_000)
    t.true(await store.touch(idOf('b'), expiresAt, version))
    t.deepEqual(await store.get(idOf('b')), { data: 'data', version, expiresAt })
    t.true(await store.touch(idOf('b'), expiresAt - 1, version))
    t.is((await store.get(idOf('b')))?.expiresAt, expiresAt)
  })
}

test('of touches that race for a far deadline the latest stays', async (t) => {
  const dir = newFolder(t)
  const stores = [openStore(t, dir), openStore(t, dir)]
  for (let n = 0; n < 20; n += 1) {
    const version = await create(stores[0]!, idOf(`${n}`), 'data', 1_000)
    const touched = await Promise.all(
      [3, 5, 1, 4].map(async (ms, at) => stores[at % 2]!.touch(idOf(`${n}`), YEAR_9999 + ms, version)),
    )
    t.deepEqual(touched, [true, true, true, true])
    t.like(await stores[0]!.get(idOf(`${n}`)), { version, expiresAt: YEAR_9999 + 5 })
  }
})

test('a deadline before 1970 is past', async (t) => {
  const store = openStore(t, newFolder(t))
  await store.set(id, 'data', -5_000, 'absent')
  t.true(((await store.get(id))?.expiresAt ?? Infinity) <= 0)
})

test('a fraction of a millisecond never expires early', async (t) => {
  const store = openStore(t, newFolder(t))
  const version = await create(store, id, 'data', 1_000.25)
  t.is((await store.get(id))?.expiresAt, 1_001)
  await store.touch(id, 2_000.25, version)
  t.is((await store.get(id))?.expiresAt, 2_001)
})

test('touches that race sets lose no data, create no record, and never extend the newer one', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir)
  const other = openStore(t, dir)
  const state = { writing: true, version: await create(store, id, '0', 2_000_000) }
  const touching = (async () => {
    for (let n = 0; state.writing; n += 1) {
      await other.touch(id, 3_000_000 + n, state.version)
      await new Promise(setImmediate)
    }
  })()
  for (let n = 1; n <= 200; n += 1) {
    const made = await store.set(id, `${n}`, 2_000_000, 'present')
    t.like(await other.get(id), { data: `${n}`, expiresAt: 2_000_000 })
    state.version = made.ok ? made.version : ''
  }
  await store.delete(id)
  state.writing = false
  await touching
  t.is(await store.get(id), undefined)
})

import test from 'ava'
import { idOf, newFolder, openStore } from '../../helpers/file-folder.ts'

const LATER = Date.now() + 3_600_000
const id = idOf('a')

test('absent refuses where a record is, and tells which', async (t) => {
  const store = openStore(t, newFolder(t))
  const first = await store.set(id, 'first', LATER, 'absent')
  const second = await store.set(id, 'second', LATER, 'absent')
  t.deepEqual(second, {
    ok: false,
    current: { data: 'first', version: first.ok ? first.version : '', expiresAt: LATER },
  })
  t.is((await store.get(id))?.data, 'first')
})

test('absent refuses where an expired record still is', async (t) => {
  const store = openStore(t, newFolder(t))
  await store.set(id, 'expired', 1_000, 'absent')
  t.false((await store.set(id, 'new', LATER, 'absent')).ok)
})

test('present refuses where nothing is, and creates nothing', async (t) => {
  const store = openStore(t, newFolder(t))
  t.deepEqual(await store.set(id, 'data', LATER, 'present'), { ok: false, current: undefined })
  t.is(await store.get(id), undefined)
})

test('a version is replaced once', async (t) => {
  const store = openStore(t, newFolder(t))
  const first = await store.set(id, 'one', LATER, 'absent')
  const when = { version: first.ok ? first.version : '' }
  t.true((await store.set(id, 'two', LATER, when)).ok)
  t.like(await store.set(id, 'three', LATER, when), { ok: false, current: { data: 'two' } })
})

test('a version of a record that was deleted brings nothing back', async (t) => {
  const store = openStore(t, newFolder(t))
  const first = await store.set(id, 'one', LATER, 'absent')
  await store.delete(id)
  const late = await store.set(id, 'two', LATER, { version: first.ok ? first.version : '' })
  t.deepEqual(late, { ok: false, current: undefined })
  t.is(await store.get(id), undefined)
})

test('versions never repeat, not for equal data nor after a delete', async (t) => {
  const dir = newFolder(t)
  const seen = new Set<string>()
  for (let n = 0; n < 20; n += 1) {
    const store = openStore(t, dir)
    for (const when of ['absent', 'present'] as const) {
      const result = await store.set(id, 'same', LATER, when)
      if (result.ok) seen.add(result.version)
    }
    await store.delete(id)
  }
  t.is(seen.size, 40)
})

test('of parallel creations of one id one succeeds', async (t) => {
  const dir = newFolder(t)
  const stores = [openStore(t, dir), openStore(t, dir), openStore(t, dir)]
  const results = await Promise.all(
    stores.flatMap((store) => Array.from({ length: 10 }, (_, n) => store.set(id, `${n}`, LATER, 'absent'))),
  )
  t.is(results.filter((result) => result.ok).length, 1)
})

test('parallel increments by compare and set are all counted, through two stores of one process', async (t) => {
  const dir = newFolder(t)
  const stores = [openStore(t, dir), openStore(t, dir)]
  await stores[0]!.set(id, '0', LATER, 'absent')
  const increment = async (n: number): Promise<void> => {
    const store = stores[n % 2]!
    for (;;) {
      const found = await store.get(id)
      if (found === undefined) return
      const result = await store.set(id, `${Number(found.data) + 1}`, LATER, { version: found.version })
      if (result.ok) return
    }
  }
  await Promise.all(Array.from({ length: 100 }, (_, n) => increment(n)))
  t.is((await stores[0]!.get(id))?.data, '100')
})

test('a delete that overlaps sets of a version leaves either state and nothing comes back', async (t) => {
  const store = openStore(t, newFolder(t))
  const other = openStore(t, newFolder(t))
  for (let n = 0; n < 50; n += 1) {
    const made = await store.set(idOf(`${n}`), 'one', LATER, 'absent')
    const when = { version: made.ok ? made.version : '' }
    const [, removed] = await Promise.all([
      store.set(idOf(`${n}`), 'two', LATER, when),
      store.delete(idOf(`${n}`)),
      other.delete(idOf(`${n}`)),
    ])
    t.true(removed)
    t.is(await store.get(idOf(`${n}`)), undefined)
  }
})

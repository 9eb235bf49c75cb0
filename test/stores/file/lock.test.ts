import { symlinkSync } from 'node:fs'
import test from 'ava'
import { StoreUnavailableError } from '../../../src/errors.ts'
import { isDead, nextSerial, putMark, tagOf } from '../../../src/stores/file/mark.ts'
import { create, fileOf, filesIn, idOf, newFolder, openStore } from '../../helpers/file-folder.ts'

const LATER = Date.now() + 3_600_000
const FOREVER = 1_000_000_000
const id = idOf('a')

/** A tag like ours, of another process. */
function tagWith(change: { readonly start?: string; readonly host?: string }): string {
  const [pid, start, host, ...serial] = tagOf(nextSerial()).split('-')
  return [pid, change.start ?? start, change.host ?? host, ...serial].join('-')
}

const ENDED = tagWith({ start: 'zzz' })
const ELSEWHERE = tagWith({ host: '00000000' })
const mark = (tag: string, time = Date.now()): string => `${tag}-${time.toString(36)}`

test('a process is dead when its pid has another start time, and only on this machine', (t) => {
  t.false(isDead(tagOf(nextSerial())))
  t.true(isDead(ENDED))
  t.false(isDead(ELSEWHERE))
  t.false(isDead(''))
  t.false(isDead('no tag of ours'))
})

test('the record of an owner fits into a link without a block of its own', (t) => {
  t.true(mark(tagOf(nextSerial())).length <= 56)
})

test('a lock of a dead owner is overtaken, together with its temporary file', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir, {}, { staleAfter: FOREVER, lockWait: FOREVER })
  await store.set(id, 'data', LATER, 'absent')
  symlinkSync(mark(ENDED), `${fileOf(dir, id)}.lock`)
  symlinkSync('nowhere', `${fileOf(dir, id)}.t-${ENDED}`)
  t.true((await store.set(id, 'more', LATER, 'present')).ok)
  t.is(filesIn(dir).length, 1)
})

test('so it is when the process that was overtaking it has died as well', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir, {}, { staleAfter: FOREVER, lockWait: FOREVER })
  await store.set(id, 'data', LATER, 'absent')
  const other = tagWith({ start: 'yyy' })
  symlinkSync(mark(ENDED), `${fileOf(dir, id)}.lock`)
  symlinkSync(mark(other), `${fileOf(dir, id)}.break-${ENDED}`)
  t.true(await store.delete(id))
  t.deepEqual(filesIn(dir), [])
})

test('a lock of an unknown machine is overtaken when it is old by its own time', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir, {}, { lockWait: FOREVER })
  await store.set(id, 'data', LATER, 'absent')
  symlinkSync(mark(ELSEWHERE, Date.now() - 6_000), `${fileOf(dir, id)}.lock`)
  t.true((await store.set(id, 'more', LATER, 'present')).ok)
})

for (const [name, text] of Object.entries({
  'a lock from the future': mark(ELSEWHERE, Date.now() + 3_600_000),
  'a lock that says nothing': '?',
})) {
  test(`${name} is overtaken when it has been watched long enough`, async (t) => {
    const dir = newFolder(t)
    const store = openStore(t, dir, {}, { staleAfter: 20, lockWait: FOREVER })
    await store.set(id, 'data', LATER, 'absent')
    symlinkSync(text, `${fileOf(dir, id)}.lock`)
    t.true((await store.set(id, 'more', LATER, 'present')).ok)
    t.is(filesIn(dir).length, 1)
  })
}

test('a lock that is a file, as on Windows, is respected and overtaken alike', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir, {}, { staleAfter: FOREVER, lockWait: 20 })
  await store.set(id, 'data', LATER, 'absent')
  const path = `${fileOf(dir, id)}.lock`
  t.true(putMark(path, mark(ENDED), false))
  t.false(putMark(path, mark(ENDED), false))
  t.true((await store.set(id, 'more', LATER, 'present')).ok)
  t.true(putMark(path, mark(ELSEWHERE), false))
  await t.throwsAsync(async () => store.delete(id), { instanceOf: StoreUnavailableError })
})

test('a lock that is not to be had is an error, after which nothing has changed', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir, {}, { staleAfter: FOREVER, lockWait: 20 })
  await store.set(id, 'data', LATER, 'absent')
  const path = `${fileOf(dir, id)}.lock`
  symlinkSync(mark(ELSEWHERE), path)
  for (const act of [() => store.set(id, 'more', LATER, 'present'), () => store.delete(id)]) {
    await t.throwsAsync(async () => act(), {
      instanceOf: StoreUnavailableError,
      code: 'ERR_STORE_UNAVAILABLE',
    })
  }
  t.is((await store.get(id))?.data, 'data')
  t.is(filesIn(dir).length, 2)
})

test('reads and touches need no lock', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir)
  const version = await create(store, id, 'data', LATER)
  symlinkSync(mark(ELSEWHERE), `${fileOf(dir, id)}.lock`)
  t.is((await store.get(id))?.data, 'data')
  t.true(await store.touch(id, LATER + 5, version))
})

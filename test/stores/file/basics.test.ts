import { existsSync, renameSync, rmSync } from 'node:fs'
import test from 'ava'
import type { SessionError } from '../../../src/errors.ts'
import { fileOf, filesIn, idOf, newFolder, openStore } from '../../helpers/file-folder.ts'

const LATER = Date.now() + 3_600_000

test('an id nobody has stored is undefined, and no folder is made for it', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir)
  t.is(await store.get(idOf('a')), undefined)
  t.deepEqual(filesIn(dir), [])
})

test('what was set is read back, by another store of the folder too', async (t) => {
  const dir = newFolder(t)
  const result = await openStore(t, dir).set(idOf('a'), '{"n":1}', LATER, 'absent')
  t.true(result.ok)
  const found = await openStore(t, dir).get(idOf('a'))
  t.deepEqual(found, { data: '{"n":1}', version: result.ok ? result.version : '', expiresAt: LATER })
})

for (const [name, data] of Object.entries({
  'an empty text': '',
  'one character': 'a',
  'line ends and NUL': '\0\r\n\n\u2028',
  'every character of one byte': Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join(''),
  'emoji and a byte order mark': '\ufeff👩‍👩‍👧 ok',
  'lone surrogates': 'a\ud800b\udc00',
  'a megabyte': 'é'.repeat(500_000),
})) {
  for (const io of ['async', 'sync'] as const) {
    test(`${name} survives the round trip (${io})`, async (t) => {
      const store = openStore(t, newFolder(t), { io })
      await store.set(idOf('a'), data, LATER, 'absent')
      t.is((await store.get(idOf('a')))?.data, data)
    })
  }
}

test('a record of 50 MB survives the round trip', async (t) => {
  const store = openStore(t, newFolder(t))
  const data = 'abcdefghij'.repeat(5_000_000)
  await store.set(idOf('a'), data, LATER, 'absent')
  const found = await store.get(idOf('a'))
  t.true(found?.data === data)
  t.true((await store.set(idOf('a'), `${data}!`, LATER, { version: found?.version ?? '' })).ok)
  t.is((await store.get(idOf('a')))?.data.length, data.length + 1)
})

test('with io sync a read answers at once', async (t) => {
  const store = openStore(t, newFolder(t), { io: 'sync' })
  await store.set(idOf('a'), 'data', LATER, 'absent')
  const found = store.get(idOf('a'))
  t.false(found instanceof Promise)
  t.is((await found)?.data, 'data')
})

test('an expired record is still returned: the middleware judges', async (t) => {
  const store = openStore(t, newFolder(t))
  await store.set(idOf('a'), 'old', 1_000, 'absent')
  t.like(await store.get(idOf('a')), { data: 'old', expiresAt: 1_000 })
})

test('delete says whether there was something', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir)
  await store.set(idOf('a'), 'data', LATER, 'absent')
  t.true(await store.delete(idOf('a')))
  t.false(await store.delete(idOf('a')))
  t.is(await store.get(idOf('a')), undefined)
  t.deepEqual(filesIn(dir), [])
})

test('a finished write leaves nothing but the record', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir)
  await store.set(idOf('a'), 'data', LATER, 'absent')
  await store.set(idOf('a'), 'more', LATER, 'present')
  await store.set(idOf('a'), 'refused', LATER, 'absent')
  t.deepEqual(filesIn(dir), [fileOf(dir, idOf('a')).slice(dir.length + 1)])
})

test('while the folder is not there nothing is answered, and it is not made again: that would log everybody out', async (t) => {
  const dir = newFolder(t)
  const away = `${dir}.away`
  t.teardown(() => rmSync(away, { recursive: true, force: true }))
  for (const io of ['async', 'sync'] as const) {
    const store = openStore(t, dir, { io })
    await store.set(idOf(io), 'data', LATER, 'absent')
    renameSync(dir, away)
    const answers = await Promise.allSettled([
      store.get(idOf(io)),
      store.set(idOf(io), 'more', LATER, 'present'),
      store.set(idOf('new'), 'more', LATER, 'absent'),
      store.touch(idOf(io), LATER + 1, 'version'),
      store.delete(idOf(io)),
      store.lock(idOf(io), { wait: 0, lease: 1_000 }),
      store.sweep(),
    ])
    const codes = answers.map(
      (answer) => answer.status === 'rejected' && (answer.reason as SessionError).code,
    )
    t.deepEqual(
      codes,
      Array.from(codes, () => 'ERR_STORE_UNAVAILABLE'),
    )
    t.false(existsSync(dir))
    renameSync(away, dir)
    t.is((await store.get(idOf(io)))?.data, 'data')
  }
})

for (const durability of ['none', 'file', 'full'] as const) {
  test(`durability ${durability} writes, replaces and deletes`, async (t) => {
    const store = openStore(t, newFolder(t), { durability })
    t.true((await store.set(idOf('a'), 'one', LATER, 'absent')).ok)
    t.true((await store.set(idOf('a'), 'two', LATER, 'present')).ok)
    t.is((await store.get(idOf('a')))?.data, 'two')
    t.true(await store.delete(idOf('a')))
  })
}

test('a deadline that is no number is a TypeError', async (t) => {
  const store = openStore(t, newFolder(t))
  await t.throwsAsync(async () => store.set(idOf('a'), 'data', Number.NaN, 'absent'), {
    instanceOf: TypeError,
  })
  await t.throwsAsync(async () => store.touch(idOf('a'), Number.NaN, 'version'), { instanceOf: TypeError })
})

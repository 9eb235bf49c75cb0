import { readFileSync, readdirSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { CorruptRecordError } from '../../../src/errors.ts'
import { decodeRecord, encodeRecord } from '../../../src/stores/file/format.ts'
import { fileOf, idOf, newFolder, openStore } from '../../helpers/file-folder.ts'

const LATER = Date.now() + 3_600_000
const id = idOf('a')

async function expectSetAside(
  t: ExecutionContext,
  damage: (path: string) => void,
  io: 'async' | 'sync',
): Promise<void> {
  const dir = newFolder(t)
  const store = openStore(t, dir, { io })
  await store.set(id, '{"secret":"value"}', LATER, 'absent')
  const path = fileOf(dir, id)
  damage(path)
  const damaged = readFileSync(path)
  const error = await t.throwsAsync(async () => store.get(id), { instanceOf: CorruptRecordError })
  t.notRegex(error?.message ?? '', /secret|value/)
  t.is(await store.get(id), undefined)
  const [aside = '', ...more] = readdirSync(dirname(path))
  t.deepEqual(more, [])
  t.regex(aside, /\.corrupt-\d+$/)
  t.deepEqual(readFileSync(`${dirname(path)}/${aside}`), damaged)
  t.true((await store.set(id, 'new', LATER, 'absent')).ok)
}

const DAMAGES: Record<string, (path: string) => void> = {
  'an empty file': (path) => truncateSync(path, 0),
  'a file cut inside the header': (path) => truncateSync(path, 30),
  'a file cut inside the data': (path) => truncateSync(path, readFileSync(path).length - 1),
  'a file with something behind the data': (path) => writeFileSync(path, 'x', { flag: 'a' }),
  'a file of zeros': (path) => writeFileSync(path, Buffer.alloc(readFileSync(path).length)),
  'a file that is something else': (path) => writeFileSync(path, '{"cookie":{},"views":1}\n'),
}

for (const [name, damage] of Object.entries(DAMAGES)) {
  for (const io of ['async', 'sync'] as const) {
    test(`${name} is set aside, reported once, and then absent (${io})`, (t) => expectSetAside(t, damage, io))
  }
}

test('every flipped bit is found', (t) => {
  const bytes = encodeRecord('{"n":1}', 'v-1', 1_700_000_000_000)
  t.is(decodeRecord(bytes, 0)?.data, '{"n":1}')
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const flipped = Buffer.from(bytes)
    flipped[bit >> 3]! ^= 1 << (bit & 7)
    t.is(decodeRecord(flipped, 0), undefined)
  }
})

test('every cut is found', (t) => {
  const bytes = encodeRecord('some data', 'v-1', 1_700_000_000_000)
  for (let length = 0; length < bytes.length; length += 1) {
    t.is(decodeRecord(bytes.subarray(0, length), 0), undefined)
  }
})

test('two readers of a damaged file: it is set aside once', async (t) => {
  const dir = newFolder(t)
  const stores = [openStore(t, dir), openStore(t, dir)]
  await stores[0]!.set(id, 'data', LATER, 'absent')
  truncateSync(fileOf(dir, id), 0)
  const results = await Promise.allSettled(stores.map(async (store) => store.get(id)))
  t.is(results.filter((result) => result.status === 'rejected').length, 1)
  t.is(readdirSync(dirname(fileOf(dir, id))).length, 1)
})

test('a set on a damaged file is refused with the error of the file', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir)
  for (const when of ['absent', 'present', { version: 'v' }] as const) {
    await store.set(id, 'data', LATER, 'absent')
    truncateSync(fileOf(dir, id), 0)
    await t.throwsAsync(async () => store.set(id, 'new', LATER, when), { instanceOf: CorruptRecordError })
    t.is(await store.get(id), undefined)
  }
})

test('a damaged file can be deleted', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir)
  await store.set(id, 'data', LATER, 'absent')
  truncateSync(fileOf(dir, id), 0)
  t.true(await store.delete(id))
})

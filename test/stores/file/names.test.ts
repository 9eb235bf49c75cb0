import { sep } from 'node:path'
import test from 'ava'
import { nameOf, recordOf } from '../../../src/stores/file/folder.ts'
import { filesIn, idOf, newFolder, openStore } from '../../helpers/file-folder.ts'

const LATER = Date.now() + 3_600_000

const HOSTILE = [
  '',
  '.',
  '..',
  '../victim',
  '/etc/passwd',
  'a/b',
  'a\\b',
  'a\0b',
  'CON',
  '__proto__',
  'constructor',
  'a'.repeat(300),
  'a'.repeat(301),
  'id',
  'ID',
  'é',
  'e\u0301',
  '\ud800',
  '\ud801',
  '\udfff',
  '\ufffd',
  '%2e%2e',
  'x'.repeat(43),
  `${'x'.repeat(42)}=`,
  '+'.repeat(43),
  '-'.repeat(43),
  '/'.repeat(43),
  '_'.repeat(43),
  '.lock',
  '.sweep',
  ...['A', 'B', 'C', 'D'].map((last) => `${'A'.repeat(42)}${last}`),
]

test('the id of a session is its own name, in hexadecimal', (t) => {
  const name = nameOf(idOf('a'))
  t.regex(name, /^[\da-f]{64}$/)
  t.is(Buffer.from(name, 'hex').toString('base64url'), idOf('a'))
})

test('every name is safe on any disk, and inside one of 256 folders', (t) => {
  for (const id of HOSTILE) {
    const parts = recordOf('root', id).split(sep)
    t.is(parts.length, 3)
    t.regex(parts[1] ?? '', /^[\da-f]{2}$/)
    t.regex(parts[2] ?? '', /^x?[\da-f]{64}$/)
  }
})

test('no two ids share a name, not on a disk that ignores case either', (t) => {
  t.is(new Set(HOSTILE.map((id) => nameOf(id).toLowerCase())).size, HOSTILE.length)
})

test('hostile ids are stored and found apart, below the folder', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir)
  for (const id of HOSTILE) t.true((await store.set(id, `data of ${id}`, LATER, 'absent')).ok)
  for (const id of HOSTILE) t.is((await store.get(id))?.data, `data of ${id}`)
  t.is(filesIn(dir).length, HOSTILE.length)
  for (const id of HOSTILE) t.true(await store.delete(id))
  t.deepEqual(filesIn(dir), [])
})

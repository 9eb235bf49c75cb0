import { chmodSync, existsSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test from 'ava'
import { SessionConfigError, StoreUnavailableError } from '../../../src/errors.ts'
import { FileStore } from '../../../src/stores/file/index.ts'
import type { FileStoreOptions } from '../../../src/stores/file/index.ts'
import { fileOf, idOf, modeOf, newFolder, openStore } from '../../helpers/file-folder.ts'

const LATER = Date.now() + 3_600_000

test('the folder is made at construction, with its parents, for its owner alone', (t) => {
  const dir = join(newFolder(t), 'a', 'b')
  openStore(t, dir)
  t.true(lstatSync(dir).isDirectory())
  t.is(modeOf(dir), 0o700)
})

test('files are 0600 and folders 0700', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir)
  await store.set(idOf('a'), 'data', LATER, 'absent')
  t.is(modeOf(fileOf(dir, idOf('a'))), 0o600)
  t.is(modeOf(dirname(fileOf(dir, idOf('a')))), 0o700)
})

test('a file in the place of the folder is refused at construction', (t) => {
  const path = join(newFolder(t), 'file')
  writeFileSync(path, '')
  const error = t.throws(() => new FileStore({ dir: path }), { instanceOf: SessionConfigError })
  t.regex(error.message, /there is a file in its place/)
  t.throws(() => new FileStore({ dir: join(path, 'below') }), { instanceOf: SessionConfigError })
})

test('a folder that everybody may write to is refused at construction', (t) => {
  const dir = join(newFolder(t), 'open')
  mkdirSync(dir)
  for (const mode of [0o777, 0o1777, 0o702]) {
    chmodSync(dir, mode)
    const error = t.throws(() => new FileStore({ dir }), { instanceOf: SessionConfigError })
    t.regex(error.message, /everybody may write to it \(mode [0-7]{4}\); expected 0700/)
  }
})

for (const mode of [0o000, 0o300, 0o500, 0o600]) {
  test(`a folder of mode 0${mode.toString(8)} is refused at construction`, (t) => {
    const dir = join(newFolder(t), 'closed')
    mkdirSync(dir)
    chmodSync(dir, mode)
    t.teardown(() => chmodSync(dir, 0o700))
    t.throws(() => new FileStore({ dir }), {
      instanceOf: SessionConfigError,
      message: /may not read and write it/,
    })
  })
}

test('a link in the place of a record is not followed', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir)
  await store.set(idOf('a'), 'data', LATER, 'absent')
  const victim = fileOf(dir, idOf('a'))
  const link = fileOf(dir, idOf('b'))
  mkdirSync(dirname(link), { recursive: true })
  symlinkSync(victim, link)
  const error = await t.throwsAsync(async () => store.get(idOf('b')), { instanceOf: StoreUnavailableError })
  t.false(error?.message.includes(dir))
})

const WRONG: Record<string, readonly [unknown, RegExp]> = {
  'no options': [undefined, /the options of FileStore to be an object, got undefined/],
  'no dir': [{}, /dir of FileStore to be the path of a folder, got undefined/],
  'an empty dir': [{ dir: '' }, /got ''/],
  'a dir with a NUL': [{ dir: 'a\0b' }, /dir of FileStore/],
  'a dir of another type': [{ dir: { path: 'x' } }, /got \{ path: 'x' \}/],
  'another durability': [{ dir: 'x', durability: 'fsync' }, /'none', 'file' or 'full', got 'fsync'/],
  'a sweep interval that is none': [
    { dir: 'x', sweepInterval: 'often' },
    /sweepInterval of FileStore to be false, or milliseconds/,
  ],
  'a sweep interval of nothing': [{ dir: 'x', sweepInterval: 0 }, /got 0/],
  'a clock that is none': [{ dir: 'x', clock: 5 }, /clock of FileStore to be a function/],
  'no open files': [
    { dir: 'x', maxOpen: 0 },
    /maxOpen of FileStore to be a whole number of at least 1, got 0/,
  ],
  'another io': [{ dir: 'x', io: () => 'sync' }, /io of FileStore to be 'async' or 'sync', got \[Function/],
  'an unknown option': [
    { dir: 'x', path: 'y' },
    /^Unknown option 'FileStore\.path'\. Expected one of dir, durability/,
  ],
}

for (const [name, [options, message]] of Object.entries(WRONG)) {
  test(`${name}: refused with what was expected and given, before a folder is made`, (t) => {
    t.throws(() => new FileStore(options as FileStoreOptions), { instanceOf: SessionConfigError, message })
    t.false(existsSync('x'))
  })
}

import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import {
  CorruptRecordError,
  SessionConfigError,
  StoreFullError,
  StoreUnavailableError,
} from '../../../src/errors.ts'
import { FileStore } from '../../../src/stores/file/index.ts'
import { create, fileOf, filesIn, idOf, newFolder, openStore } from '../../helpers/file-folder.ts'

const LATER = Date.now() + 3_600_000
const ID = idOf('a')
const isRoot = process.getuid?.() === 0
const asRoot = isRoot ? test : test.skip

/** A folder with one record. */
async function withRecord(t: ExecutionContext): Promise<{ dir: string; store: FileStore }> {
  const dir = newFolder(t)
  const store = openStore(t, dir)
  await create(store, ID, 'data', LATER)
  return { dir, store }
}

const PARTS: [what: string, path: (dir: string) => string][] = [
  ['the folder', (dir) => dir],
  ['a folder in it', (dir) => dirname(fileOf(dir, ID))],
  ['a record', (dir) => fileOf(dir, ID)],
]
for (const [what, path] of PARTS) {
  test(`${what} that the group may write to is refused at start, unless that is meant`, async (t) => {
    const { dir } = await withRecord(t)
    chmodSync(path(dir), 0o770)
    const { message } = t.throws(() => new FileStore({ dir }), { instanceOf: SessionConfigError })
    t.regex(
      message,
      /the group or everybody may write to .* \(mode 0770\): chmod -R go-w, or set trustFolder: true/,
    )
    t.is((await openStore(t, dir, { trustFolder: true }).get(ID))?.data, 'data')
  })

  asRoot(`${what} of another user is refused at start, unless that is meant`, async (t) => {
    const { dir } = await withRecord(t)
    chownSync(path(dir), 12_345, 0)
    const { message } = t.throws(() => new FileStore({ dir }), { instanceOf: SessionConfigError })
    t.regex(
      message,
      /belongs to the user 12345, and this process runs as 0: chown -R, or set trustFolder: true/,
    )
    t.false(message.includes(fileOf(dir, ID)))
    t.is((await openStore(t, dir, { trustFolder: true }).get(ID))?.data, 'data')
  })
}

test('a link in the place of a folder in it is refused at start', async (t) => {
  const { dir } = await withRecord(t)
  const inner = dirname(fileOf(dir, ID))
  const elsewhere = join(newFolder(t), 'elsewhere')
  renameSync(inner, elsewhere)
  symlinkSync(elsewhere, inner)
  t.throws(() => new FileStore({ dir }), { instanceOf: SessionConfigError, message: /in it is no folder/ })
})

test('a folder that everybody may write to is refused in any case', (t) => {
  const dir = newFolder(t)
  chmodSync(dir, 0o777)
  t.throws(() => new FileStore({ dir, trustFolder: true }), { message: /everybody may write to it/ })
  t.throws(() => new FileStore({ dir, trustFolder: 'yes' as never }), { message: /trustFolder of FileStore/ })
})

/** Puts something in the place of the record. */
const IMPOSTORS: Record<string, (path: string) => void> = {
  'a pipe': (path) => execFileSync('mkfifo', [path]),
  'a folder': (path) => mkdirSync(path),
  'a file of gigabytes of holes': (path) => {
    writeFileSync(path, '', { mode: 0o600 })
    truncateSync(path, 64 * 2 ** 30)
  },
  'a record that the group may write to': (path) => {
    writeFileSync(path, 'koa-session', { mode: 0o600 })
    chmodSync(path, 0o660)
  },
}
for (const [what, put] of Object.entries(IMPOSTORS)) {
  for (const io of ['async', 'sync'] as const) {
    test(`${what} in the place of a record neither blocks nor is read, io ${io}`, async (t) => {
      const dir = newFolder(t)
      const store = openStore(t, dir, { io })
      await create(store, ID, 'data', LATER)
      const path = fileOf(dir, ID)
      rmSync(path)
      put(path)
      t.is(await store.touch(ID, LATER + 1, '1'), false)
      t.like(await store.sweep(), { removed: 0 })
      const before = process.memoryUsage().rss
      await t.throwsAsync(async () => store.get(ID), { instanceOf: CorruptRecordError })
      t.true(process.memoryUsage().rss - before < 2 ** 28)
      t.is(await store.get(ID), undefined)
      t.true((await store.set(ID, 'new', LATER, 'absent')).ok)
      t.is((await store.get(ID))?.data, 'new')
    })
  }
}

asRoot('a record of another user that is put there later is set aside, unless that is meant', async (t) => {
  const { dir, store } = await withRecord(t)
  chownSync(fileOf(dir, ID), 12_345, 0)
  t.is((await openStore(t, dir, { trustFolder: true }).get(ID))?.data, 'data')
  await t.throwsAsync(async () => store.get(ID), { instanceOf: CorruptRecordError })
  t.true(filesIn(dir).some((name) => name.includes('.corrupt-')))
})

test('a pipe in the place of a lock blocks nobody', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir, {}, { staleAfter: 50 })
  await create(store, ID, 'data', LATER)
  execFileSync('mkfifo', [`${fileOf(dir, ID)}.lock`])
  t.true((await store.set(ID, 'new', LATER, 'present')).ok)
  execFileSync('mkfifo', [`${fileOf(dir, ID)}.lease`])
  const lock = await store.lock(ID, { wait: 1000, lease: 1000 })
  t.true(await lock.renew())
  await lock.release()
})

test('a folder that was made anew is unavailable, not empty', async (t) => {
  const { dir, store } = await withRecord(t)
  const away = `${dir}-away`
  t.teardown(() => rmSync(away, { recursive: true, force: true }))
  const [found] = [await store.get(ID)]
  renameSync(dir, away)
  mkdirSync(dir, { mode: 0o700 })
  const gone = { instanceOf: StoreUnavailableError, message: /not the folder of the start/ }
  for (const act of [
    () => store.get(ID),
    () => store.set(ID, 'x', LATER, 'absent'),
    () => store.set(ID, 'x', LATER, 'present'),
    () => store.set(ID, 'x', LATER, { version: found!.version }),
    () => store.touch(ID, LATER + 1, found!.version),
    () => store.delete(ID),
    () => store.lock(ID, { wait: 20, lease: 1000 }),
    () => store.sweep(),
  ]) {
    const error = await t.throwsAsync(async () => act(), gone, String(act))
    t.is(error?.outcome, 'none')
  }
  t.deepEqual(filesIn(dir), [])
  mkdirSync(dirname(fileOf(dir, ID)))
  await t.throwsAsync(async () => store.set(ID, 'x', LATER, 'absent'), gone)
  rmSync(dir, { recursive: true })
  renameSync(away, dir)
  t.is((await store.get(ID))?.data, 'data')
})

test('a record of more than 64 MiB is refused, and the old one stays', async (t) => {
  const { store } = await withRecord(t)
  await t.throwsAsync(store.set(ID, 'x'.repeat(2 ** 26), LATER, 'present'), { instanceOf: StoreFullError })
  t.is((await store.get(ID))?.data, 'data')
})

import { execFile, execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  closeSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { open } from 'lmdb'
import test, { type ExecutionContext } from 'ava'
import type { Duration } from '../../../src/checks/duration.ts'
import { SessionConfigError, StoreUnavailableError } from '../../../src/errors.ts'
import { LmdbStore } from '../../../src/stores/lmdb/index.ts'

const HOUR = 3_600_000
const worker = (name: string): string => fileURLToPath(new URL(`./${name}.js`, import.meta.url))

function newFolder(t: ExecutionContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'sessions-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

function openStore(t: ExecutionContext, dir: string, timeout: Duration = '20s'): LmdbStore {
  const store = new LmdbStore({ open, dir, timeout, sweepInterval: false })
  t.teardown(() => store.close())
  return store
}

const refuses = (t: ExecutionContext, dir: string, message: RegExp): unknown =>
  t.throws(() => new LmdbStore({ open, dir }), { instanceOf: SessionConfigError, message })

test('get answers at once, and a write is read by the next line', async (t) => {
  const store = openStore(t, newFolder(t))
  t.is(store.get('id'), undefined)
  const written = await store.set('id', 'data', Date.now() + HOUR, 'absent')
  t.like(store.get('id'), { data: 'data', version: written.ok ? written.version : '' })
})

test('only the owner may look into the folder that the store makes', (t) => {
  const dir = join(newFolder(t), 'sessions')
  openStore(t, dir)
  t.is(statSync(dir).mode & 0o777, 0o700)
})

test('two stores on one folder in one process share the file, until both are closed', async (t) => {
  const dir = newFolder(t)
  const first = openStore(t, dir)
  const second = openStore(t, `${dir}/../${dir.split('/').at(-1)}`)
  await first.set('id', 'data', Date.now() + HOUR, 'absent')
  t.is(second.get('id')?.data, 'data')
  await first.close()
  t.is(second.get('id')?.data, 'data')
  t.true((await second.set('id', 'new', Date.now() + HOUR, 'present')).ok)
  await second.close()
  t.throws(() => second.get('id'), { instanceOf: StoreUnavailableError })
})

test('a folder that is a file, or open to everybody, is refused', (t) => {
  const dir = newFolder(t)
  writeFileSync(join(dir, 'file'), '')
  refuses(t, join(dir, 'file'), /LmdbStore cannot keep sessions in .*there is a file in its place/)
  chmodSync(dir, 0o777)
  refuses(t, dir, /everybody may write to it/)
})

test('a folder that the group may write to is refused, without the advice of an option that is not there', (t) => {
  const dir = newFolder(t)
  chmodSync(dir, 0o770)
  refuses(t, dir, /the group or everybody may write to it \(mode 0770\): chmod -R go-w\.$/)
})

test('a file of a newer version is refused', async (t) => {
  const dir = newFolder(t)
  await openStore(t, dir).close()
  const root = open({ path: dir, noSubdir: false, maxDbs: 8, encoding: 'string', overlappingSync: false })
  await root.put('koa-session-pipeline', '2')
  await root.close()
  refuses(t, dir, /written by a newer version of this package: format 2, expected 1/)
})

test('the database of another program is refused', async (t) => {
  const dir = newFolder(t)
  const root = open({ path: dir, noSubdir: false, overlappingSync: false })
  await root.put('theirs', 'data')
  await root.close()
  refuses(t, dir, /belongs to another program/)
})

test('a file that is no database is refused', (t) => {
  const dir = newFolder(t)
  writeFileSync(join(dir, 'data.mdb'), 'no database '.repeat(10_000))
  refuses(t, dir, /cannot use the database in .*no database of LMDB/)
})

test('a file of another version of LMDB is refused', async (t) => {
  const dir = newFolder(t)
  await openStore(t, dir).close()
  const file = openSync(join(dir, 'data.mdb'), 'r+')
  writeSync(file, Buffer.from([3]), 0, 1, 28)
  closeSync(file)
  refuses(t, dir, /version 3 of LMDB's format, expected 2/)
})

test('a file that was cut off at its head is refused', async (t) => {
  const dir = newFolder(t)
  await openStore(t, dir).close()
  truncateSync(join(dir, 'data.mdb'), 1_000)
  refuses(t, dir, /has been cut off/)
})

test.serial(
  'a writer that stands still makes others fail in time, reads go on, and its death frees them',
  async (t) => {
    const dir = newFolder(t)
    const store = openStore(t, dir, '300ms')
    const id = 'id'
    await store.set(id, 'before', Date.now() + HOUR, 'absent')
    const holder = fork(worker('hold-worker'), [dir])
    await once(holder, 'message')
    const began = performance.now()
    const error = await t.throwsAsync(store.set(id, 'late', Date.now() + HOUR, 'present'), {
      instanceOf: StoreUnavailableError,
    })
    t.is(error.outcome, 'unknown')
    t.true(performance.now() - began < 800)
    t.is(store.get(id)?.data, 'before')
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    const returned = performance.now()
    t.true((await store.set(id, 'after', Date.now() + HOUR, 'present')).ok)
    t.true(performance.now() - returned < 500)
    t.is(store.get(id)?.data, 'after')
  },
)

/** A command of a shell on a small file system of its own, which vanishes with it. */
const onSmallDisk = (dir: string, ...command: string[]): [string, string[]] => {
  const namespaces = process.getuid?.() === 0 ? '-m' : '-rm'
  const script = 'mount -t tmpfs -o size=2m tmpfs "$0" && exec "$@"'
  return ['unshare', [namespaces, 'sh', '-c', script, dir, ...command]]
}

function canMount(): boolean {
  try {
    execFileSync(...onSmallDisk(tmpdir(), 'true'), { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const possible = canMount() || process.env['CI'] === 'true'
const maybe = possible ? test : test.skip
if (!possible) console.warn('No small file system can be mounted here: the test of a full disk is skipped.')

maybe(
  'on a full disk the old value survives, nothing is left unhandled, and room is used again',
  async (t) => {
    const dir = newFolder(t)
    const run = onSmallDisk(dir, process.execPath, worker('full-worker'), dir)
    const { stdout } = await promisify(execFile)(...run)
    t.deepEqual(JSON.parse(stdout), {
      replace: 'ERR_STORE_FULL',
      create: 'ERR_STORE_FULL',
      read: 'before',
      recovered: true,
      after: 'after',
      unhandled: [],
    })
  },
)

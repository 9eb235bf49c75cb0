import {
  existsSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import test from 'ava'
import { StoreUnavailableError } from '../../../src/errors.ts'
import { nextSerial, tagOf } from '../../../src/stores/file/mark.ts'
import { create, fileOf, filesIn, idOf, newFolder, openStore, until } from '../../helpers/file-folder.ts'

const NOW = 1_700_000_000_000
const MINUTE = 60_000
const DAY = 86_400_000
const clock = (): number => NOW
const id = idOf('a')

function deadTag(): string {
  const [pid, , ...rest] = tagOf(nextSerial()).split('-')
  return [pid, 'zzz', ...rest].join('-')
}

test('a sweep removes what expired more than a minute ago, and nothing else', async (t) => {
  const store = openStore(t, newFolder(t), { clock })
  const deadlines = [NOW - DAY, NOW - MINUTE - 1, NOW - MINUTE, NOW - 1, NOW, NOW + 1, NOW + DAY, Infinity]
  for (const [n, deadline] of deadlines.entries()) await store.set(idOf(`${n}`), 'data', deadline, 'absent')
  await store.set('an id of another kind', 'data', NOW - DAY, 'absent')
  t.deepEqual(await store.sweep(), { removed: 3, done: true })
  for (const [n, deadline] of deadlines.entries()) {
    t.is((await store.get(idOf(`${n}`)))?.expiresAt, deadline < NOW - MINUTE ? undefined : deadline)
  }
})

test('a record that was touched stays, and so does one whose file time was reset', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir, { clock })
  await store.touch(id, NOW + DAY, await create(store, id, 'touched', NOW - DAY))
  await store.set(idOf('b'), 'restored from a backup', NOW + DAY, 'absent')
  utimesSync(fileOf(dir, idOf('b')), 1, 1)
  t.deepEqual(await store.sweep(), { removed: 0, done: true })
})

test('a sweep stops at its limit and the next goes on', async (t) => {
  const store = openStore(t, newFolder(t), { clock })
  for (let n = 0; n < 25; n += 1) await store.set(idOf(`${n}`), 'data', NOW - DAY, 'absent')
  t.deepEqual(await store.sweep({ limit: 10 }), { removed: 10, done: false })
  t.deepEqual(await store.sweep({ limit: 10 }), { removed: 10, done: false })
  t.deepEqual(await store.sweep({ limit: 10 }), { removed: 5, done: true })
  t.deepEqual(await store.sweep({ limit: 10 }), { removed: 0, done: true })
})

test('other work runs between the slices', async (t) => {
  const store = openStore(t, newFolder(t), { clock })
  for (let n = 0; n < 20; n += 1) await store.set(idOf(`${n}`), 'data', NOW - DAY, 'absent')
  const state = { turns: 0, sweeping: true }
  const other = (async () => {
    for (; state.sweeping; state.turns += 1) await new Promise(setImmediate)
  })()
  const result = await store.sweep({ slice: 0 })
  state.sweeping = false
  await other
  t.deepEqual(result, { removed: 20, done: true })
  t.true(state.turns >= 20)
})

test('two calls at a time are one sweep', async (t) => {
  const store = openStore(t, newFolder(t), { clock })
  await store.set(id, 'data', NOW - DAY, 'absent')
  t.deepEqual(await Promise.all([store.sweep(), store.sweep()]), [
    { removed: 1, done: true },
    { removed: 1, done: true },
  ])
})

test('while another store sweeps the folder there is nothing to do', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir, { clock })
  const other = openStore(t, dir, { clock })
  for (let n = 0; n < 5; n += 1) await store.set(idOf(`${n}`), 'data', NOW - DAY, 'absent')
  const first = store.sweep({ slice: 0 })
  t.deepEqual(await other.sweep(), { removed: 0, done: true })
  t.deepEqual(await first, { removed: 5, done: true })
  t.false(filesIn(dir).some((path) => path.startsWith('.sweep')))
})

test('a sweeper that died is overtaken', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir, { clock })
  await store.set(id, 'data', NOW - DAY, 'absent')
  symlinkSync(`${deadTag()}-${(NOW + DAY).toString(36)}`, `${dir}/.sweep.lease`)
  t.deepEqual(await store.sweep(), { removed: 1, done: true })
  t.deepEqual(filesIn(dir), [])
})

test('a record that somebody is writing is left to the next sweep', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir, { clock })
  await store.set(id, 'data', NOW - DAY, 'absent')
  const lock = `${fileOf(dir, id)}.lock`
  symlinkSync(`${tagOf(nextSerial())}-${Date.now().toString(36)}`, lock)
  t.deepEqual(await store.sweep(), { removed: 0, done: true })
  t.true(existsSync(fileOf(dir, id)))
})

test('what a crash leaves behind goes; what may be in use, and what is not ours, stays', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir, { clock })
  await store.set(id, 'data', NOW + DAY, 'absent')
  const record = fileOf(dir, id)
  const dead = deadTag()
  const alive = tagOf(nextSerial())
  const [pid, start, , ...serial] = alive.split('-')
  const elsewhere = [pid, start, '00000000', ...serial].join('-')
  const write = (suffix: string, age: number): void => {
    writeFileSync(record + suffix, 'x')
    utimesSync(record + suffix, (Date.now() - age) / 1000, 4_000_000_000)
  }
  write(`.t-${dead}`, 0)
  write(`.t-${elsewhere}`, 3_700_000)
  symlinkSync(`${dead}-${Date.now().toString(36)}`, `${record}.lock`)
  symlinkSync(`${dead}-${(NOW + DAY).toString(36)}`, `${record}.lease`)
  symlinkSync(`${dead}-${Date.now().toString(36)}`, `${record}.break-${elsewhere}`)
  write(`.corrupt-${Date.now() - 8 * DAY}`, 0)
  write(`.t-${alive}`, 0)
  write(`.t-${elsewhere}1`, 0)
  write(`.corrupt-${Date.now() - 6 * DAY}`, 0)
  write('.bak', 8 * DAY)
  writeFileSync(`${dirname(record)}/README`, 'not ours')
  t.deepEqual(await store.sweep(), { removed: 0, done: true })
  const left = readdirSync(dirname(record)).map((name) => name.replace(record.slice(-64), 'record'))
  t.deepEqual(
    left.map((name) => name.replace(/-\d{13}$/, '')).toSorted(),
    [
      'README',
      'record',
      'record.bak',
      'record.corrupt',
      `record.t-${alive}`,
      `record.t-${elsewhere}1`,
    ].toSorted(),
  )
})

test('leases of live holders stay, those that are over go', async (t) => {
  const dir = newFolder(t)
  let now = 1_000_000
  const store = openStore(t, dir, { clock }, { uptime: () => now })
  await store.lock(id, { wait: 0, lease: 1_000 })
  await store.sweep()
  t.is(filesIn(dir).length, 1)
  now += 1_001
  await store.sweep()
  t.deepEqual(filesIn(dir), [])
})

test('a damaged record is set aside when its time is over', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir, { clock })
  await store.set(id, 'data', NOW - DAY, 'absent')
  truncateSync(fileOf(dir, id), 3)
  utimesSync(fileOf(dir, id), 1, 1)
  t.deepEqual(await store.sweep(), { removed: 0, done: true })
  t.regex(filesIn(dir).join(), /^\w\w.\w{64}\.corrupt-\d+$/)
})

test('a folder in the place of a record disturbs nobody', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir, { clock })
  mkdirSync(fileOf(dir, id), { recursive: true })
  await store.set(idOf('b'), 'data', NOW - DAY, 'absent')
  t.deepEqual(await store.sweep(), { removed: 1, done: true })
})

test('records in use survive sweeps that run beside sets and touches', async (t) => {
  const store = openStore(t, newFolder(t), { clock })
  const ids = Array.from({ length: 20 }, (_, n) => idOf(`${n}`))
  const versions = await Promise.all(ids.map((one) => create(store, one, '0', NOW - DAY)))
  await Promise.all(ids.map(async (one, n) => store.touch(one, NOW + MINUTE, versions[n]!)))
  const sweeps = store.sweep({ slice: 0 })
  for (let n = 1; n <= 10; n += 1) {
    await Promise.all(ids.map((one) => store.set(one, `${n}`, NOW + MINUTE, 'present')))
  }
  t.deepEqual(await sweeps, { removed: 0, done: true })
  for (const one of ids) t.is((await store.get(one))?.data, '10')
})

test('the store sweeps by itself while it is in use', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir, { clock, sweepInterval: '1ms' })
  await store.set(id, 'data', NOW - DAY, 'absent')
  await until(() => !existsSync(fileOf(dir, id)))
  t.pass()
})

test('a sweep that fails rejects, or warns when the store began it, and once', async (t) => {
  const dir = newFolder(t)
  mkdirSync(`${dir}/.sweep.lease`)
  const store = openStore(t, dir, { sweepInterval: '1ms' })
  const warnings: Error[] = []
  const listen = (warning: Error): void => void warnings.push(warning)
  process.on('warning', listen)
  t.teardown(() => process.off('warning', listen))
  await t.throwsAsync(store.sweep(), { instanceOf: StoreUnavailableError })
  await until(() => warnings.length > 0)
  await store.close()
  t.regex(
    warnings[0]?.message ?? '',
    /^Expired sessions could not be cleared away\. The file store could not sweep: EISDIR/,
  )
  t.is(warnings.length, 1)
})

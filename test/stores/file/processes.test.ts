import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { uptime } from '../../../src/stores/file/boot.ts'
import type { FileStore } from '../../../src/stores/file/index.ts'
import {
  fileOf,
  filesIn,
  idOf,
  messageFrom,
  newFolder,
  openStore,
  startWorker,
  until,
} from '../../helpers/file-folder.ts'

const LATER = Date.now() + 3_600_000
const FOREVER = 1_000_000_000
const id = idOf('a')

for (const [how, name] of [
  ['cas', 'increments of four processes by compare and set'],
  ['lock', 'plain increments of four processes under the lock'],
] as const) {
  test(`${name} are all counted`, async (t) => {
    const dir = newFolder(t)
    const store = openStore(t, dir)
    await store.set(id, '0', LATER, 'absent')
    const workers = Array.from({ length: 4 }, () => startWorker(t, 'increment-worker', dir, id, '50', how))
    const codes = await Promise.all(workers.map(async (worker) => (await once(worker, 'exit'))[0] as number))
    t.deepEqual(codes, [0, 0, 0, 0])
    t.is((await store.get(id))?.data, '200')
    t.deepEqual(filesIn(dir), [fileOf(dir, id).slice(dir.length + 1)])
  })
}

test('after kill -9 at any moment nothing acknowledged is lost, torn or locked, and a sweep clears the litter', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir, {}, { staleAfter: FOREVER, lockWait: FOREVER })
  await store.set(id, '0', LATER, 'absent')
  let acknowledged = 0
  const rounds = 10
  for (let round = 0; round < rounds; round += 1) {
    const workers = [1, 2].map(() => startWorker(t, 'increment-worker', dir, id, '100000', 'cas'))
    for (const worker of workers) worker.on('message', () => (acknowledged += 1))
    await Promise.all(workers.map((worker) => once(worker, 'message')))
    const some = acknowledged + Math.random() * 20
    await until(() => acknowledged >= some)
    await Promise.all(
      workers.map((worker) => {
        worker.kill('SIGKILL')
        return once(worker, 'exit')
      }),
    )
    const found = await store.get(id)
    t.true(Number(found?.data) >= acknowledged)
    t.true((await store.set(id, found?.data ?? '', LATER, { version: found?.version ?? '' })).ok)
  }
  await store.sweep()
  t.deepEqual(filesIn(dir), [fileOf(dir, id).slice(dir.length + 1)])
})

test('a killed owner of the lock is overtaken at once, however young its lock is', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir, {}, { staleAfter: FOREVER, lockWait: FOREVER })
  const made = await store.set(id, 'first', LATER, 'absent')
  const go = join(newFolder(t), 'go')
  const worker = startWorker(t, 'hold-worker', dir, id, 'version', go)
  await until(() => existsSync(`${go}.reached`))
  t.is(filesIn(dir).length, 3)
  worker.kill('SIGKILL')
  await once(worker, 'exit')
  t.true((await store.set(id, 'second', LATER, { version: made.ok ? made.version : '' })).ok)
  t.deepEqual(filesIn(dir), [fileOf(dir, id).slice(dir.length + 1)])
})

for (const [name, act] of Object.entries({
  'a write': async (store: FileStore) => (await store.set(id, 'second', LATER, 'present')).ok,
  'a delete': (store: FileStore) => store.delete(id),
})) {
  test(`an owner paused between its check and its rename is fenced by ${name}: it overwrites and revives nothing`, async (t) => {
    const dir = newFolder(t)
    const store = openStore(t, dir, {}, { staleAfter: 20, lockWait: FOREVER })
    await store.set(id, 'first', LATER, 'absent')
    const go = join(newFolder(t), 'go')
    const worker = startWorker(t, 'hold-worker', dir, id, 'version', go)
    await until(() => existsSync(`${go}.reached`))
    worker.kill('SIGSTOP')
    if (process.platform === 'linux')
      await until(() => / [Tt] /.test(readFileSync(`/proc/${worker.pid}/stat`, 'latin1')))
    t.true(await act(store))
    const expected = await store.get(id)
    writeFileSync(go, '')
    const answer = messageFrom(worker)
    worker.kill('SIGCONT')
    t.like(await answer, { ok: false })
    t.deepEqual(await store.get(id), expected)
    t.is(filesIn(dir).length, expected === undefined ? 0 : 1)
  })
}

test('a fenced write whose condition still holds is done again', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir, {}, { staleAfter: 20, lockWait: FOREVER })
  await store.set(id, 'first', LATER, 'absent')
  const go = join(newFolder(t), 'go')
  const worker = startWorker(t, 'hold-worker', dir, id, 'present', go)
  await until(() => existsSync(`${go}.reached`))
  t.true((await store.set(id, 'second', LATER, 'present')).ok)
  const answer = messageFrom(worker)
  writeFileSync(go, '')
  t.like(await answer, { ok: true })
  t.is((await store.get(id))?.data, 'from the paused')
  t.is(filesIn(dir).length, 1)
})

test('a killed holder of the lock of a request is overtaken at once', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir)
  const worker = startWorker(t, 'hold-worker', dir, id, 'lease')
  await messageFrom(worker)
  await t.throwsAsync(store.lock(id, { wait: 0, lease: 1_000 }), { code: 'ERR_SESSION_LOCK_TIMEOUT' })
  worker.kill('SIGKILL')
  await once(worker, 'exit')
  await t.notThrowsAsync(store.lock(id, { wait: 0, lease: 1_000 }))
})

test('a paused holder is overtaken when its lease is over, and learns so', async (t) => {
  const dir = newFolder(t)
  const worker = startWorker(t, 'hold-worker', dir, id, 'lease')
  await messageFrom(worker)
  worker.kill('SIGSTOP')
  const early = openStore(t, dir)
  await t.throwsAsync(early.lock(id, { wait: 0, lease: 1_000 }), { code: 'ERR_SESSION_LOCK_TIMEOUT' })
  const late = openStore(t, dir, {}, { uptime: () => uptime() + 3_700_000 })
  await t.notThrowsAsync(late.lock(id, { wait: 0, lease: 1_000 }))
  const answer = messageFrom(worker)
  worker.kill('SIGCONT')
  worker.send('renew')
  t.false(await answer)
})

test('a process that has used a store ends by itself, without close', async (t) => {
  const worker = startWorker(t, 'idle-worker', newFolder(t))
  t.deepEqual(await once(worker, 'exit'), [0, null])
})

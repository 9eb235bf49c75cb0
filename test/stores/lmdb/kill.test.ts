import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { open } from 'lmdb'
import { LmdbStore } from '../../../src/stores/lmdb/index.ts'

const ROUNDS = 10
const WORKER = fileURLToPath(new URL('kill-worker.js', import.meta.url))
const IDS = Array.from({ length: 8 }, (_, n) => `id${n}`)

test('processes that are killed while they write lose nothing that was acknowledged, and stop nobody', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'sessions-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  const store = new LmdbStore({ open, dir, sweepInterval: false, timeout: '20s' })
  t.teardown(() => store.close())
  for (const id of IDS) await store.set(id, '0', Date.now() + 3_600_000, 'absent')
  const acknowledged = new Map<string, number>()
  const start = (): ChildProcess => {
    const child = fork(WORKER, [dir, ...IDS])
    child.on('message', (id: string) => acknowledged.set(id, (acknowledged.get(id) ?? 0) + 1))
    t.teardown(() => child.kill('SIGKILL'))
    return child
  }
  const other = start()
  let kills = 0
  for (let round = 0; round < ROUNDS; round += 1) {
    const child = start()
    await once(child, 'message')
    await pause(Math.random() * 50)
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
    kills += 1
    t.true((await store.set(`round ${round}`, 'data', Date.now() + 3_600_000, 'absent')).ok)
  }
  const exit = once(other, 'exit')
  other.kill('SIGKILL')
  await exit
  for (const id of IDS) {
    const count = Number(store.get(id)?.data)
    const told = acknowledged.get(id) ?? 0
    // A step may be done and not told of any more; each process had one under way.
    t.true(count >= told && count <= told + kills + 1, `${id}: ${told} acknowledged, ${count} there`)
  }
  t.log(
    [...acknowledged.values()].reduce((sum, many) => sum + many, 0),
    'acknowledged,',
    kills,
    'kills',
  )
})

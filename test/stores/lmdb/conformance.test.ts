import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open } from 'lmdb'
import test from 'ava'
import { LmdbStore } from '../../../src/stores/lmdb/index.ts'
import { storeConformance } from '../../../src/testing/index.ts'
import { damage } from './damage.ts'

const folders = new WeakMap<LmdbStore, string>()

function lmdbStore(dir: string, clock: () => number): LmdbStore {
  const store = new LmdbStore({ open, dir, clock, sweepInterval: false, timeout: '20s' })
  folders.set(store, dir)
  return store
}

const cases = await storeConformance<LmdbStore>({
  create: async (clock) => lmdbStore(await mkdtemp(join(tmpdir(), 'sessions-')), clock),
  reopen: (store, clock) => lmdbStore(folders.get(store)!, clock),
  dispose: (store) => rm(folders.get(store)!, { recursive: true }),
  expire: async (store) => void (await store.sweep()),
  processes: {
    module: new URL('open-lmdb-store.js', import.meta.url),
    argument: (store) => folders.get(store),
  },
  faults: [
    {
      name: 'a byte of a value is wrong',
      break: (store, id) => damage(folders.get(store)!, id),
      heal: () => undefined,
      expect: 'corrupt',
    },
  ],
})

for (const { name, skip, run } of cases) {
  if (skip === undefined) test.serial(`LMDB: ${name}`, (t) => t.notThrowsAsync(run))
  else test.skip(`LMDB: ${name} (${skip})`, (t) => t.notThrowsAsync(run))
}

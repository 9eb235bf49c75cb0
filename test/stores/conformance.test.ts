import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FileStore } from '../../src/stores/file/index.ts'
import { MemoryStore } from '../../src/stores/memory.ts'
import { storeConformance } from '../../src/testing/index.ts'
import { declareConformance } from '../helpers/conformance.ts'

const folders = new WeakMap<FileStore, string>()
const fileStore = (dir: string, clock: () => number): FileStore => {
  const store = new FileStore({ dir, clock })
  folders.set(store, dir)
  return store
}

// AVA wants all tests declared in one go, so the lists come first.
const stores = {
  MemoryStore: await storeConformance({
    create: (clock) => new MemoryStore({ clock }),
    processes: { module: new URL('open-memory-store.js', import.meta.url) },
  }),
  FileStore: await storeConformance({
    create: async (clock) => fileStore(await mkdtemp(join(tmpdir(), 'sessions-')), clock),
    reopen: (store, clock) => fileStore(folders.get(store)!, clock),
    dispose: (store) => rm(folders.get(store)!, { recursive: true }),
    // By itself it clears up every ten minutes.
    expire: async (store) => void (await store.sweep()),
    processes: {
      module: new URL('open-file-store.js', import.meta.url),
      argument: (store) => folders.get(store),
    },
  }),
}

for (const [store, cases] of Object.entries(stores)) declareConformance(store, cases)

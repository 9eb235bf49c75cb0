import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { storeConformance } from '../../../src/testing/index.ts'
import { damaged, declare } from './conformance.ts'
import { OwnedSqlStore, openFile, openStore, removeFile } from './databases.ts'
import type { Place } from './open-sql-store.ts'

const files = new WeakMap<OwnedSqlStore, string>()

async function onFile(file: string, clock: () => number, table = 'sessions'): Promise<OwnedSqlStore> {
  const store = await openStore(openFile(file), { table, clock })
  files.set(store, file)
  return store
}

// AVA wants all tests declared in one go, so the lists come first.
const cases = {
  'SQLite, a file': await storeConformance<OwnedSqlStore>({
    create: (clock) => onFile(join(tmpdir(), `sessions-${randomUUID()}.sqlite`), clock),
    reopen: (store, clock) => onFile(files.get(store)!, clock),
    dispose: (store) => removeFile(files.get(store)!),
    expire: async (store) => void (await store.sweep()),
    processes: {
      module: new URL('open-sql-store.js', import.meta.url),
      argument: (store): Place => ({ table: store.table, file: files.get(store)! }),
    },
    faults: [damaged],
  }),
  'SQLite, in memory': await storeConformance<OwnedSqlStore>({
    create: (clock) => openStore(openFile(':memory:'), { clock }),
    expire: async (store) => void (await store.sweep()),
    faults: [damaged],
  }),
}

for (const [name, list] of Object.entries(cases)) declare(name, list)

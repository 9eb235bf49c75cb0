import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { FileStore, MemoryStore, type Store } from '../../src/index.ts'
import type { FakeClock } from '../../src/testing/fake-clock.ts'
import { RedisServer, redisIsHere } from '../servers/redis.ts'
import openLmdb from '../stores/lmdb/open-lmdb-store.ts'
import { OwnedStore } from '../stores/redis/clients.ts'
import { openFile, openStore } from '../stores/sql/databases.ts'

function folder(t: ExecutionContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'accounts-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

async function openRedis(t: ExecutionContext): Promise<Store> {
  const server = await RedisServer.start()
  const store = await OwnedStore.open('ioredis', [server.port], { prefix: 's:' })
  t.teardown(async () => {
    store.close()
    await server.stop()
  })
  return store
}

function closing<T extends Store>(t: ExecutionContext, store: T): T {
  t.teardown(() => store.close?.())
  return store
}

export type Open = (t: ExecutionContext, clock: FakeClock) => Store | Promise<Store>

/** A store of each kind that can be opened here. */
export const STORES: Readonly<Record<string, Open>> = {
  MemoryStore: (_t, clock) => new MemoryStore({ clock }),
  FileStore: (t) => closing(t, new FileStore({ dir: folder(t), sweepInterval: false })),
  'SqlStore, SQLite': async (t) => closing(t, await openStore(openFile(join(folder(t), 'sessions.sqlite')))),
  LmdbStore: (t) => closing(t, openLmdb(folder(t))),
  ...(redisIsHere && { RedisStore: openRedis }),
}

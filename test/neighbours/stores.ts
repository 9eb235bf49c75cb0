import { Redis } from 'ioredis'
import type { ExecutionContext } from 'ava'
import { Keyv } from 'keyv'
import redisStore from 'koa-redis'
import { open } from 'lmdb'
import { fromKoaStore } from '../../src/adapters/index.ts'
import { FileStore, MemoryStore, SealedStore, type SealedStoreContract, type Store } from '../../src/index.ts'
import { CacheStore } from '../../src/stores/cache/index.ts'
import { LmdbStore } from '../../src/stores/lmdb/index.ts'
import { RedisStore } from '../../src/stores/redis/index.ts'
import { newFolder } from '../helpers/file-folder.ts'
import { RedisServer, redisIsHere } from '../servers/redis.ts'
import { openFile, openStore } from '../stores/sql/databases.ts'

type Open = (t: ExecutionContext) => Promise<Store | SealedStoreContract> | Store | SealedStoreContract

const server = redisIsHere ? await RedisServer.start() : undefined
const client = server && new Redis(server.port, '127.0.0.1')
const redis = client && new RedisStore({ client, timeout: '10s' })
const koaRedis = server && redisStore({ host: '127.0.0.1', port: server.port })
const adapted = koaRedis && fromKoaStore(koaRedis, { format: 'koa-generic-session', prefix: 'generic:' })

/** Ends what the stores have in common. */
export async function stopServers(): Promise<void> {
  await adapted?.close?.()
  redis?.close()
  client?.disconnect()
  await koaRedis?.quit()
  await server?.stop()
}

function closed<S extends Store>(t: ExecutionContext, store: S): S {
  t.teardown(() => store.close?.())
  return store
}

/** One of each kind. */
export const STORES: Readonly<Record<string, Open>> = {
  MemoryStore: () => new MemoryStore(),
  FileStore: (t) => closed(t, new FileStore({ dir: newFolder(t), sweepInterval: false })),
  SealedStore: () => new SealedStore({ keys: ['k'.repeat(32)] }),
  'SqlStore on SQLite': async (t) => closed(t, await openStore(openFile(':memory:'))),
  LmdbStore: (t) => closed(t, new LmdbStore({ open, dir: newFolder(t), sweepInterval: false })),
  'CacheStore on Keyv': (t) => closed(t, new CacheStore({ cache: new Keyv() })),
  ...(redis && { RedisStore: () => redis }),
  ...(adapted && { 'koa-redis through /adapters': () => adapted }),
}

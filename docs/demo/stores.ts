import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  FileStore,
  MemoryStore,
  SealedStore,
  type SealedStoreContract,
  type Store,
} from 'koa-session-pipeline'
import { RedisStore } from 'koa-session-pipeline/stores/redis'
import type { Clock } from './clock.ts'

export type StoreName = 'memory' | 'file' | 'sealed' | 'redis'

/** A store of one visitor, and how it is put away together with what it holds. */
export interface OpenStore {
  readonly store: Store | SealedStoreContract
  readonly remove: () => Promise<void>
}

type Open = (clock: Clock) => OpenStore | Promise<OpenStore>

/** Redis is a choice where `REDIS_URL` names a server. */
export const STORES: Readonly<Partial<Record<StoreName, { label: string; open: Open }>>> = {
  memory: { label: 'Memory', open: memory },
  file: { label: 'File', open: file },
  sealed: { label: 'Sealed cookie', open: sealed },
  ...(process.env['REDIS_URL'] !== undefined && { redis: { label: 'Redis', open: redis } }),
}

function memory({ now }: Clock): OpenStore {
  const store = new MemoryStore({ max: 1000, clock: now })
  return { store, remove: async () => store.close() }
}

async function file({ now }: Clock): Promise<OpenStore> {
  const dir = await mkdtemp(join(tmpdir(), 'koa-session-demo-'))
  const store = new FileStore({ dir, clock: now })
  return {
    store,
    remove: async () => {
      await store.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

function sealed(): OpenStore {
  return { store: new SealedStore({ keys: [randomBytes(32)] }), remove: async () => {} }
}

async function redis(): Promise<OpenStore> {
  const { createClient } = await import('redis')
  const client = createClient({ url: process.env['REDIS_URL']! })
  client.on('error', (error) => console.error(`Redis: ${error}`))
  await client.connect()
  const prefix = `demo:${randomBytes(8).toString('hex')}:`
  const store = new RedisStore({ client, prefix })
  return {
    store,
    remove: async () => {
      store.close()
      for await (const keys of client.scanIterator({ MATCH: `${prefix}*` })) {
        if (keys.length > 0) await client.del(keys)
      }
      client.destroy()
    },
  }
}

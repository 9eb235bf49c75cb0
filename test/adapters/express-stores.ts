import { createRequire } from 'node:module'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { default as SqliteDatabase } from 'better-sqlite3'
import connectSqlite from 'better-sqlite3-session-store'
// Asks for the version that this Node can load.
import '../servers/sqlite.ts'
import connectPg from 'connect-pg-simple'
import { RedisStore } from 'connect-redis'
import session from 'express-session'
import memoryStore from 'memorystore'
import { Pool } from 'pg'
import { createClient } from 'redis'
import connectFile from 'session-file-store'
import { expressSession, type ExpressStore } from '../../src/adapters/index.ts'
import { startPostgres, startRedis } from './servers.ts'

const Database = createRequire(import.meta.url)('better-sqlite3') as typeof SqliteDatabase

/** A store as its authors made it, on one place: once as we take it, and once for express-session itself. */
export interface Pair {
  readonly ours: ExpressStore
  readonly theirs: ExpressStore
}

export interface Original {
  /** A new place each time. */
  open(): Promise<Pair>
  close(): Promise<void>
}

type Base = typeof expressSession

/** Made without express-session, as far as the store lets us, and with it. */
const pair = (make: (base: Base) => ExpressStore): Pair => ({
  ours: make(expressSession),
  theirs: make(session),
})

/** What is in memory cannot be opened twice. */
const inMemory = (make: () => ExpressStore): Original => ({
  async open() {
    const store = make()
    return { ours: store, theirs: store }
  },
  async close() {},
})

async function files(): Promise<Original> {
  const folder = await mkdtemp(join(tmpdir(), 'sessions-'))
  let count = 0
  return {
    async open() {
      const path = join(folder, String((count += 1)))
      // Its own defaults wait a quarter of a second for a file that is not there.
      return pair((base) => new (connectFile(base))({ path, retries: 0, logFn() {} }))
    },
    close: () => rm(folder, { recursive: true }),
  }
}

function sqlite(): Original {
  const databases: InstanceType<typeof SqliteDatabase>[] = []
  return {
    async open() {
      const client = new Database(':memory:')
      databases.push(client)
      return pair((base) => {
        const SqliteStore = connectSqlite(base)
        // Its timer cannot be switched off, and would keep the process alive.
        SqliteStore.prototype.startInterval = () => {}
        return new SqliteStore({ client })
      })
    },
    async close() {
      for (const database of databases) database.close()
    },
  }
}

async function redis(): Promise<Original | undefined> {
  const server = await startRedis()
  if (!server) return undefined
  const client = createClient({ socket: { host: '127.0.0.1', port: server.port } })
  client.on('error', () => {})
  await client.connect()
  let count = 0
  return {
    async open() {
      const prefix = `${(count += 1)}:`
      return pair(() => new RedisStore({ client, prefix }))
    },
    async close() {
      client.destroy()
      await server.stop()
    },
  }
}

async function postgres(): Promise<Original | undefined> {
  const server = await startPostgres()
  if (!server) return undefined
  const pool = new Pool({ host: '127.0.0.1', port: server.port, user: 'postgres', database: 'postgres' })
  // The server goes before its last connection.
  pool.on('error', () => {})
  await untilReady(pool)
  let count = 0
  return {
    async open() {
      const tableName = `sessions_${(count += 1)}`
      // As its own script makes it, which cannot make two.
      await pool.query(
        `CREATE TABLE ${tableName} (sid varchar PRIMARY KEY, sess json NOT NULL, expire timestamp(6) NOT NULL)`,
      )
      return pair((base) => new (connectPg(base))({ pool, tableName, pruneSessionInterval: false }))
    },
    async close() {
      await pool.end()
      await server.stop()
    },
  }
}

/** It listens before it answers. */
async function untilReady(pool: Pool): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await pool.query('SELECT 1')
      return
    } catch (error) {
      if (tries === 200) throw error
      await pause(50)
    }
  }
}

/** Its types want those of express-session. */
const MemoryStore = memoryStore(session) as unknown as new (options: object) => ExpressStore

/** Those that people use, as far as this machine has what they need. */
export const ORIGINALS: Readonly<Record<string, () => Promise<Original | undefined> | Original>> = {
  'express-session MemoryStore': () => inMemory(() => new session.MemoryStore()),
  memorystore: () => inMemory(() => new MemoryStore({})),
  'session-file-store': files,
  'better-sqlite3-session-store': sqlite,
  'connect-redis': redis,
  'connect-pg-simple': postgres,
}

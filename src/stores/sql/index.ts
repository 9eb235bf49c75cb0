import { keyOf } from '../engines/key.ts'
import { Upkeep } from '../engines/upkeep.ts'
import type { Capabilities, Condition, Lock, LockOptions, SetResult, Store, Stored } from '../store.ts'
import type { SweepOptions, SweepResult } from '../store.ts'
import { Database } from './database.ts'
import { LockTable } from './locks.ts'
import { Records } from './records.ts'
import { migrate } from './schema.ts'
import { readSettings, type SqlSettings, type SqlStoreOptions } from './settings.ts'
import { sweepingOf } from './sweep.ts'

export type { SqlStoreOptions } from './settings.ts'

/**
 * Records as rows of a table of PostgreSQL, MySQL, MariaDB or SQLite, through a Knex instance that stays yours.
 * Every write is one conditional statement, so no transaction stays open and no connection is held while a request
 * runs. Throws `SessionConfigError` at construction when an option is not usable. All its operations reject with
 * `StoreUnavailableError` within `timeout`, writes with `StoreFullError` too, `get` and a refused `set` with
 * `CorruptRecordError`.
 */
export class SqlStore implements Store {
  readonly capabilities: Capabilities
  readonly #database: Database
  readonly #records: Records
  readonly #upkeep: Upkeep

  constructor(options: SqlStoreOptions) {
    const settings = readSettings(options)
    const alone = isPrivate(settings)
    this.capabilities = { atomic: true, shared: !alone, durable: !alone, expires: true, lock: true }
    this.#database = new Database(settings)
    this.#records = new Records(this.#database)
    const locks = new LockTable(this.#database)
    const sweeping = sweepingOf(this.#database, locks)
    this.#upkeep = new Upkeep(
      'SQL',
      locks,
      () => sweeping,
      () => this.#database.close(),
    )
  }

  /**
   * Makes the two tables unless they are there, and tries out that they do what the store needs. To be awaited
   * before the first request.
   *
   * @throws {SessionConfigError} when a table of that name is of another shape
   */
  async migrate(): Promise<void> {
    this.#upkeep.assertOpen()
    await migrate(this.#database)
  }

  async get(id: string): Promise<Stored | undefined> {
    this.#upkeep.use()
    return this.#records.get(id)
  }

  async set(id: string, data: string, expiresAt: number, when: Condition): Promise<SetResult> {
    this.#upkeep.use()
    return this.#records.set(id, data, expiresAt, when)
  }

  /** Only ever extends: an earlier deadline than the record's changes nothing. */
  async touch(id: string, expiresAt: number, version: string): Promise<boolean> {
    this.#upkeep.use()
    return this.#records.touch(id, expiresAt, version)
  }

  async delete(id: string): Promise<boolean> {
    this.#upkeep.use()
    return this.#records.delete(id)
  }

  async lock(id: string, options: LockOptions): Promise<Lock> {
    return this.#upkeep.lock(keyOf(id), options)
  }

  async sweep(options: SweepOptions = {}): Promise<SweepResult> {
    return this.#upkeep.sweep(options)
  }

  /** Waits for what is under way, gives back the locks it holds. The Knex instance is yours to destroy. */
  close(): Promise<void> {
    return this.#upkeep.close()
  }
}

/** SQLite without a file: nobody else sees it. */
function isPrivate({ knex, dialect }: SqlSettings): boolean {
  if (!dialect.embedded) return false
  const { connection } = knex.client.config as { connection?: string | { filename?: string } }
  const file = typeof connection === 'object' ? connection.filename : connection
  return file === ':memory:' || file === ''
}

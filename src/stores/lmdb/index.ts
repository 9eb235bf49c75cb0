import { keyOf } from '../engines/key.ts'
import { Upkeep } from '../engines/upkeep.ts'
import type { Capabilities, Condition, Lock, LockOptions, SetResult, Store, Stored } from '../store.ts'
import type { SweepOptions, SweepResult } from '../store.ts'
import { LmdbDatabase } from './database.ts'
import { LockTable } from './locks.ts'
import { Records } from './records.ts'
import { type LmdbStoreOptions, readSettings } from './settings.ts'
import { sweepingOf } from './sweep.ts'

export type { LmdbStoreOptions } from './settings.ts'

/**
 * Records in a memory-mapped database that the processes of one machine share, by the package `lmdb`. `get` answers
 * at once; what is acknowledged is on the disk, and many writes share one trip to it. Throws `SessionConfigError` at
 * construction when an option, the folder or the file is not usable. Operations fail with `StoreUnavailableError`,
 * writes with `StoreFullError` too, `get` and a refused `set` with `CorruptRecordError`, after the damaged value has
 * been set aside.
 */
export class LmdbStore implements Store {
  readonly capabilities: Capabilities = {
    atomic: true,
    shared: true,
    durable: true,
    expires: true,
    lock: true,
  }
  readonly #database: LmdbDatabase
  readonly #records: Records
  readonly #upkeep: Upkeep

  constructor(options: LmdbStoreOptions) {
    this.#database = new LmdbDatabase(readSettings(options))
    this.#records = new Records(this.#database)
    const locks = new LockTable(this.#database)
    const sweeping = sweepingOf(this.#database, locks)
    this.#upkeep = new Upkeep(
      'LMDB',
      locks,
      () => sweeping,
      () => this.#database.close(),
    )
  }

  get(id: string): Stored | undefined {
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

  /** Waits for what is under way, gives back the locks it holds. */
  close(): Promise<void> {
    return this.#upkeep.close()
  }
}

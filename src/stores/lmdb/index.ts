import { keyOf } from '../engines/key.ts'
import { Leases } from '../engines/leases.ts'
import { Sweeper } from '../engines/sweeper.ts'
import type { Capabilities, Condition, Lock, LockOptions, SetResult, Store, Stored } from '../store.ts'
import type { SweepOptions, SweepResult } from '../store.ts'
import { LmdbDatabase } from './database.ts'
import { LockTable } from './locks.ts'
import { Records } from './records.ts'
import { readSettings } from './settings.ts'
import type { LmdbStoreOptions } from './settings.ts'
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
  readonly #leases: Leases
  readonly #sweeper: Sweeper
  #closing: Promise<void> | undefined

  constructor(options: LmdbStoreOptions) {
    this.#database = new LmdbDatabase(readSettings(options))
    this.#records = new Records(this.#database)
    const locks = new LockTable(this.#database)
    this.#leases = new Leases(locks)
    this.#sweeper = new Sweeper(sweepingOf(this.#database, locks))
  }

  get(id: string): Stored | undefined {
    this.#sweeper.start()
    return this.#records.get(id)
  }

  async set(id: string, data: string, expiresAt: number, when: Condition): Promise<SetResult> {
    this.#sweeper.start()
    return this.#records.set(id, data, expiresAt, when)
  }

  /** Only ever extends: an earlier deadline than the record's changes nothing. */
  async touch(id: string, expiresAt: number, version: string): Promise<boolean> {
    return this.#records.touch(id, expiresAt, version)
  }

  async delete(id: string): Promise<boolean> {
    return this.#records.delete(id)
  }

  async lock(id: string, options: LockOptions): Promise<Lock> {
    return this.#leases.take(keyOf(id), options)
  }

  async sweep(options: SweepOptions = {}): Promise<SweepResult> {
    return this.#sweeper.run(options)
  }

  /** Waits for what is under way, gives back the locks it holds. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await Promise.all([this.#sweeper.stop(), this.#leases.close()])
    await this.#database.close()
  }
}

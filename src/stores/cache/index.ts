import { CorruptRecordError, StoreUnavailableError } from '../../errors.ts'
import { Turns } from '../../turns.ts'
import {
  type Capabilities,
  type Condition,
  RETENTION,
  type SetResult,
  type Store,
  type Stored,
} from '../store.ts'
import { CacheClient } from './client.ts'
import { formatDeleted, formatEntry, newVersion, parseEntry } from './entry.ts'
import { holds } from './holds.ts'
import { safeKey } from './key.ts'
import { type CacheStoreOptions, planCache } from './options.ts'

export type { Cache, CacheStoreOptions } from './options.ts'

/** Long enough to look at it again, in milliseconds. */
const SHORTEST = 1_000

/**
 * Records in a cache: Keyv, cache-manager, a `Map`, anything with `get`, `set` and `delete`. No cache compares
 * before it writes, so requests that overlap are saved last-write, and that an ended session does not come back
 * is best effort. What an unreachable cache answers is not taken for a miss, nor for success.
 *
 * @throws {SessionConfigError} when an option is wrong, or the cache is none
 */
export class CacheStore implements Store {
  readonly capabilities: Capabilities
  readonly #prefix: string
  readonly #clock: () => number
  readonly #client: CacheClient
  /** Writes look first; in this process nobody comes in between. */
  readonly #turns = new Turns()
  #verified: Promise<void> | undefined
  #closed = false

  constructor(options: CacheStoreOptions) {
    const plan = planCache(options)
    this.capabilities = plan.capabilities
    this.#prefix = plan.prefix
    this.#clock = plan.clock
    this.#client = new CacheClient(plan)
  }

  /**
   * Tries the cache out, which every first use does by itself.
   *
   * @throws {StoreUnavailableError} when it drops what it is given, or fails
   * @throws {SessionConfigError} when it returns something else
   */
  async verify(): Promise<void> {
    this.#assertOpen()
    await this.#verify()
  }

  /** @throws {StoreUnavailableError} after `close`, as do all the others */
  async get(id: string): Promise<Stored | undefined> {
    await this.#ready()
    return parseEntry(await this.#client.read(this.#key(id)))
  }

  async set(id: string, data: string, expiresAt: number, when: Condition): Promise<SetResult> {
    return this.#alone(id, async (key) => {
      const current = parseEntry(await this.#client.read(key))
      if (!holds(when, current)) return { ok: false, current }
      const version = newVersion()
      await this.#write(key, { data, version, expiresAt })
      return { ok: true, version }
    })
  }

  /** A cache cannot do it without writing the record anew. */
  async touch(id: string, expiresAt: number, version: string): Promise<boolean> {
    return this.#alone(id, async (key) => {
      const current = parseEntry(await this.#client.read(key))
      if (current?.version !== version) return false
      if (expiresAt > current.expiresAt) await this.#write(key, { ...current, expiresAt })
      return true
    })
  }

  /** @throws {StoreUnavailableError} when the cache cannot confirm it */
  async delete(id: string): Promise<boolean> {
    return this.#alone(id, async (key) => {
      if (!(await this.#exists(key))) return false
      // A cache may say that it has deleted what is still there; a mark over the record can be confirmed.
      await this.#client.write(key, formatDeleted(), RETENTION)
      await this.#client.remove(key).catch(() => {})
      return true
    })
  }

  /** The cache stays connected: it is whose who made it. */
  close(): void {
    this.#closed = true
  }

  async #write(key: string, record: Stored): Promise<void> {
    const left = record.expiresAt + RETENTION - this.#clock()
    // Zero and less mean for ever.
    await this.#client.write(key, formatEntry(record), Math.max(SHORTEST, left))
  }

  async #exists(key: string): Promise<boolean> {
    try {
      return parseEntry(await this.#client.read(key)) !== undefined
    } catch (error) {
      if (error instanceof CorruptRecordError) return true
      throw error
    }
  }

  async #alone<T>(id: string, work: (key: string) => Promise<T>): Promise<T> {
    await this.#ready()
    return this.#turns.take(id, () => work(this.#key(id)))
  }

  async #ready(): Promise<void> {
    this.#assertOpen()
    await this.#verify()
  }

  #verify(): Promise<void> {
    this.#verified ??= this.#client.verify().catch((error: unknown) => {
      this.#verified = undefined
      throw error
    })
    return this.#verified
  }

  #key(id: string): string {
    return safeKey(this.#prefix, id)
  }

  #assertOpen(): void {
    if (this.#closed) throw new StoreUnavailableError('The cache store is closed.', { outcome: 'none' })
  }
}

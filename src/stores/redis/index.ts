import { type SessionError, StoreUnavailableError } from '../../errors.ts'
import { keyOf } from '../engines/key.ts'
import { Leases } from '../engines/leases.ts'
import type { Capabilities, Condition, Lock, LockOptions, SetResult, Store, Stored } from '../store.ts'
import { Commands, isOne } from './commands.ts'
import { LockKeys } from './locks.ts'
import { readSettings, type RedisStoreOptions } from './options.ts'
import {
  beginning,
  drawVersion,
  forgetAt,
  formatDeadline,
  formatRecord,
  parseRecord,
  required,
} from './record.ts'
import { verify } from './requirements.ts'
import { SET, TOUCH } from './scripts.ts'

export type { RedisClient } from './client.ts'
export type { RedisStoreOptions } from './options.ts'

/**
 * Records on a Redis server (6.2 or newer) or Valkey, shared by any number of machines. One string a session, which
 * the server forgets a minute after its deadline. A read is one command, a write is one script, which replies with
 * what stands in the way. Every operation ends within `timeout`, whatever the client does. The client is yours:
 * `close()` leaves it connected.
 *
 * @throws {SessionConfigError} when an option is wrong, or the client is none
 */
export class RedisStore implements Store {
  readonly capabilities: Capabilities = {
    atomic: true,
    shared: true,
    durable: true,
    expires: true,
    lock: true,
  }

  readonly #prefix: string
  readonly #eviction: boolean
  readonly #commands: Commands
  readonly #leases: Leases
  #closed = false

  constructor(options: RedisStoreOptions) {
    const { connection, prefix, timeout, eviction } = readSettings(options)
    this.#prefix = prefix
    this.#eviction = eviction
    this.#commands = new Commands(connection, timeout)
    this.#leases = new Leases(new LockKeys(this.#commands))
  }

  /**
   * For the start of a program: resolves when the client is connected and its server fit for sessions. Of a Cluster
   * one node is asked.
   *
   * @throws {SessionConfigError} that says what was expected; {StoreUnavailableError} when nobody answers
   */
  async verify(): Promise<void> {
    this.#assertOpen()
    await verify(this.#commands, this.#eviction)
  }

  /** @throws {StoreUnavailableError} after `close`, as do all the others */
  async get(id: string): Promise<Stored | undefined> {
    const key = this.#key(id)
    return this.#read(key, this.#commands.deadline())
  }

  async set(id: string, data: string, expiresAt: number, when: Condition): Promise<SetResult> {
    const key = this.#key(id)
    const version = drawVersion()
    const text = formatRecord({ data, version, expiresAt })
    const { connection } = this.#commands
    const { losses } = connection
    const deadline = this.#commands.deadline()
    const args = [required(when), text, forgetAt(expiresAt)]
    const answer = await this.#commands
      .run('set', SET, key, args, deadline)
      .catch(async (error: SessionError) => {
        if (await this.#tookPlace(key, version, deadline, error)) return [1]
        throw error
      })
    const [taken, standing] = answer as [unknown, unknown]
    if (isOne(taken)) return { ok: true, version }
    const current = typeof standing === 'string' ? parseRecord(standing) : undefined
    if (current?.version === version) return { ok: true, version }
    // A client that sent it once more found what it did the first time, and what others have made of that since.
    if (connection.losses !== losses) {
      throw new StoreUnavailableError('The connection to Redis broke in set.', { outcome: 'unknown' })
    }
    return { ok: false, current }
  }

  async touch(id: string, expiresAt: number, version: string): Promise<boolean> {
    const key = this.#key(id)
    const args = [beginning(version), formatDeadline(expiresAt), forgetAt(expiresAt)]
    return isOne(await this.#commands.run('touch', TOUCH, key, args))
  }

  async delete(id: string): Promise<boolean> {
    const key = this.#key(id)
    return isOne(await this.#commands.send('delete', key, ['DEL', key]))
  }

  /** Wait runs by the clock of this process, the lease by the server's. */
  async lock(id: string, options: LockOptions): Promise<Lock> {
    return this.#leases.take(`${this.#key(id)}:lock`, options)
  }

  /** Gives back the locks it holds, refuses those who wait for one. Ending the client is up to you. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    void this.#leases.close()
    this.#commands.connection.release()
  }

  async #read(key: string, deadline: number): Promise<Stored | undefined> {
    const text = await this.#commands.send('get', key, ['GET', key], deadline)
    return text === null ? undefined : parseRecord(text)
  }

  /** Whether a write took place although its answer was lost: then its version, which is random, stands there. */
  async #tookPlace(key: string, version: string, deadline: number, error: SessionError): Promise<boolean> {
    if (!(error instanceof StoreUnavailableError) || error.outcome === 'none') return false
    if (performance.now() >= deadline) return false
    const found = await this.#read(key, deadline).catch(() => undefined)
    return found?.version === version
  }

  #key(id: string): string {
    this.#assertOpen()
    return this.#prefix + keyOf(id)
  }

  #assertOpen(): void {
    if (this.#closed) throw new StoreUnavailableError('The Redis store is closed.', { outcome: 'none' })
  }
}

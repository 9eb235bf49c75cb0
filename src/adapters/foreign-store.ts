import {
  type Capabilities,
  type Condition,
  type SetResult,
  type Store,
  type Stored,
  StoreUnavailableError,
} from '../index.ts'
import { holds } from '../stores/cache/holds.ts'
import { Turns } from '../turns.ts'
import type { ForeignRecords } from './foreign-records.ts'

/** Somebody else's store by our contract, as far as that goes. */
export class ForeignStore implements Store {
  readonly capabilities: Capabilities
  readonly #records: ForeignRecords
  /** Writes look first; in this process nobody comes in between. */
  readonly #turns = new Turns()
  #verified: Promise<void> | undefined
  #closed = false

  constructor(records: ForeignRecords, capabilities: Capabilities) {
    this.#records = records
    this.capabilities = capabilities
  }

  async verify(): Promise<void> {
    this.#assertOpen()
    this.#verified ??= this.#records.verify().catch((error: unknown) => {
      this.#verified = undefined
      throw error
    })
    await this.#verified
  }

  async get(id: string): Promise<Stored | undefined> {
    await this.verify()
    return (await this.#records.read(id))?.stored
  }

  async set(id: string, data: string, expiresAt: number, when: Condition): Promise<SetResult> {
    return this.#alone(id, async () => {
      const current = (await this.#records.read(id))?.stored
      if (!holds(when, current)) return { ok: false, current }
      return { ok: true, version: await this.#records.write(id, data, expiresAt) }
    })
  }

  /** Writes the record anew: what these stores call a touch leaves the deadline in the record as it was. */
  async touch(id: string, expiresAt: number, version: string): Promise<boolean> {
    return this.#alone(id, async () => {
      const found = await this.#records.read(id)
      if (found?.stored.version !== version) return false
      if (expiresAt > found.stored.expiresAt)
        await this.#records.write(id, found.stored.data, expiresAt, found.nonce)
      return true
    })
  }

  async delete(id: string): Promise<boolean> {
    return this.#alone(id, async () => {
      const existed = await this.#records.exists(id)
      await this.#records.destroy(id)
      if (existed && (await this.#records.exists(id)))
        throw new StoreUnavailableError('The store still has what it was told to destroy.', {
          outcome: 'none',
        })
      return existed
    })
  }

  /** The store stays open: it is whose who made it. */
  close(): void {
    this.#closed = true
  }

  async #alone<T>(id: string, work: () => Promise<T>): Promise<T> {
    await this.verify()
    return this.#turns.take(id, work)
  }

  #assertOpen(): void {
    if (this.#closed) throw new StoreUnavailableError('The store is closed.', { outcome: 'none' })
  }
}

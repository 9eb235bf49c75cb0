import { CorruptRecordError, StoreFullError, StoreUnavailableError } from '../../src/errors.ts'
import { MemoryStore } from '../../src/stores/memory.ts'
import type {
  Condition,
  Lock,
  LockOptions,
  SetResult,
  Stored,
  SweepOptions,
  SweepResult,
} from '../../src/stores/store.ts'
import type { Fault } from '../../src/testing/index.ts'

/** A store whose failures can be switched on, and which fails as it should. */
export class FaultyStore extends MemoryStore {
  fault: { readonly expect: Fault['expect']; readonly id: string } | undefined

  override get(id: string): Stored | undefined {
    this.#assertUp()
    if (this.fault?.expect === 'corrupt' && this.fault.id === id) {
      super.delete(id)
      this.fault = undefined
      throw new CorruptRecordError('A record cannot be read.')
    }
    return super.get(id)
  }

  override set(id: string, data: string, expiresAt: number, when: Condition): SetResult {
    this.#assertUp()
    if (this.fault?.expect === 'full') throw new StoreFullError('There is no room.')
    return super.set(id, data, expiresAt, when)
  }

  override touch(id: string, expiresAt: number, version: string): boolean {
    this.#assertUp()
    return super.touch(id, expiresAt, version)
  }

  override delete(id: string): boolean {
    this.#assertUp()
    return super.delete(id)
  }

  override async lock(id: string, options: LockOptions): Promise<Lock> {
    this.#assertUp()
    return super.lock(id, options)
  }

  override async sweep(options?: SweepOptions): Promise<SweepResult> {
    this.#assertUp()
    return super.sweep(options)
  }

  #assertUp(): void {
    if (this.fault?.expect !== 'unavailable') return
    throw new StoreUnavailableError('The store is down.', { outcome: 'unknown' })
  }
}

const fault = (name: string, expect: Fault['expect']): Fault<FaultyStore> => ({
  name,
  expect,
  break: (store, id) => void (store.fault = { expect, id }),
  heal: (store) => void (store.fault = undefined),
})

export const faults: readonly Fault<FaultyStore>[] = [
  fault('the server is down', 'unavailable'),
  fault('the disk is full', 'full'),
  fault('a bit has flipped', 'corrupt'),
]

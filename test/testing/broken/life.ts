import { StoreUnavailableError } from '../../../src/errors.ts'
import { MemoryStore } from '../../../src/stores/memory.ts'
import type { MaybePromise } from '../../../src/maybe-promise.ts'
import type { Condition, Lock, LockOptions, SetResult, Store, Stored } from '../../../src/stores/store.ts'
import type { ConformanceOptions } from '../../../src/testing/index.ts'
import { FaultyStore, faults } from '../faulty-store.ts'
import { NaiveStore } from '../naive-store.ts'
import { broken } from './broken.ts'
import type { Broken } from './broken.ts'

/** A store whose faults can be brought about, and which is wrong about one of them. */
const faulty = (how: string, Kind: typeof FaultyStore, ...fails: string[]): Broken => {
  const options: ConformanceOptions<FaultyStore> = { create: (clock) => new Kind({ clock }), faults }
  return { how, options, fails }
}

export const brokenLives: readonly Broken[] = [
  faulty(
    'delete reports success while the server is down',
    class extends FaultyStore {
      override delete(id: string): boolean {
        return this.fault?.expect === 'unavailable' || super.delete(id)
      }
    },
    "faults: the server is down: the store says 'unavailable' and recovers",
  ),
  faulty(
    'a full disk costs the former value',
    class extends FaultyStore {
      override set(id: string, data: string, expiresAt: number, when: Condition): SetResult {
        if (this.fault?.expect === 'full') this.delete(id)
        return super.set(id, data, expiresAt, when)
      }
    },
    "faults: the disk is full: the store says 'full' and recovers",
  ),
  faulty(
    'a corrupt record is returned as it is',
    class extends FaultyStore {
      override get(id: string): Stored | undefined {
        if (this.fault?.expect !== 'corrupt') return super.get(id)
        return { data: '\0\0', version: '1', expiresAt: 0 }
      }
    },
    "faults: a bit has flipped: the store says 'corrupt' and recovers",
  ),

  broken(
    'a second close fails',
    class extends NaiveStore {
      #closes = 0

      override close(): MaybePromise<void> {
        this.#closes += 1
        if (this.#closes === 2) throw new StoreUnavailableError('Closed.', { outcome: 'none' })
        return super.close()
      }
    },
    'life cycle: close can be called twice, and while it runs',
  ),
  broken(
    'a closed store goes on',
    class extends NaiveStore {
      override close(): void {}
    },
    'life cycle: a closed store refuses every operation with a StoreUnavailableError',
    'hygiene: errors of a closed store show neither id nor data',
  ),
  {
    how: 'close lets those wait who wait',
    options: {
      create: (clock) =>
        new (class extends MemoryStore {
          override async lock(id: string, options: LockOptions): Promise<Lock> {
            return super.lock(id, options).catch(() => new Promise<never>(() => {}))
          }
        })({ clock }),
    },
    fails: ['life cycle: close refuses those who wait for a lock'],
  },
  {
    how: 'it claims to be durable and is not',
    options: { create: (clock) => new NaiveStore(clock), reopen: (_store, clock) => new NaiveStore(clock) },
    fails: [
      'life cycle: records are there when the store is opened again',
      'versions: a version does not come back when the store is opened again',
    ],
  },

  broken(
    'it writes into the condition',
    class extends NaiveStore {
      override async set(...[id, data, expiresAt, when]: Parameters<Store['set']>): Promise<SetResult> {
        const result = await super.set(id, data, expiresAt, when)
        if (result.ok && typeof when === 'object') Reflect.set(when, 'version', result.version)
        return result
      }
    },
    'hygiene: arguments are left as they are',
  ),
  broken(
    'it returns its own records',
    class extends NaiveStore {
      override get(id: string): Stored | undefined {
        this.assertOpen()
        return this.place.records.get(id)
      }
    },
    'hygiene: what a store returns is nobody else’s',
  ),
  broken(
    'its errors tell the id',
    class extends NaiveStore {
      override get(id: string): MaybePromise<Stored | undefined> {
        try {
          return super.get(id)
        } catch (cause) {
          throw new StoreUnavailableError(`Cannot read ${id}.`, { outcome: 'none', cause })
        }
      }
    },
    'hygiene: errors of a closed store show neither id nor data',
  ),
]

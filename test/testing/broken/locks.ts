import { LockTimeoutError } from '../../../src/errors.ts'
import { MemoryStore } from '../../../src/stores/memory.ts'
import type { Condition, Lock, LockOptions, SetResult } from '../../../src/stores/store.ts'
import type { FakeClock } from '../../../src/testing/index.ts'
import { broken } from './broken.ts'
import type { Broken } from './broken.ts'

class Base extends MemoryStore {
  constructor(clock: FakeClock) {
    super({ clock })
  }
}

export const brokenLocks: readonly Broken[] = [
  broken(
    'everybody gets the lock',
    class extends Base {
      #others = 0

      override lock(id: string, options: LockOptions): Promise<Lock> {
        this.#others += 1
        return super.lock(`${id} ${this.#others}`, options)
      }
    },
    'locks: one holder at a time',
    'locks: who waits too long gets a LockTimeoutError, and the holder keeps the lock',
    'locks: who gave up waiting is not served later',
    'locks: a second release does not release the lock of the next holder',
    'locks: who lost a lock does not release that of the next holder',
    'locks: a lease that is renewed does not run out',
    'hygiene: a LockTimeoutError shows no id',
  ),
  broken(
    'the last to come is served first',
    class extends Base {
      readonly #waiting: (() => void)[] = []
      #held = false

      override async lock(id: string, options: LockOptions): Promise<Lock> {
        if (this.#held) await new Promise<void>((resolve) => this.#waiting.push(resolve))
        this.#held = true
        const lock = await super.lock(id, options)
        return {
          renew: () => lock.renew(),
          release: async () => {
            await lock.release()
            this.#held = false
            this.#waiting.pop()?.()
          },
        }
      }
    },
    'locks: waiters of one process are served in order',
  ),
  broken(
    'there is one lock for all ids',
    class extends Base {
      override lock(_id: string, options: LockOptions): Promise<Lock> {
        return super.lock('all', options)
      }
    },
    'locks: locks of different ids do not wait for each other',
  ),
  broken(
    'a lock makes a record',
    class extends Base {
      override lock(id: string, options: LockOptions): Promise<Lock> {
        this.set(id, '', Infinity, 'absent')
        return super.lock(id, options)
      }
    },
    'locks: a lock needs no record and makes none',
  ),
  broken(
    'a lock keeps its holder out too',
    class extends Base {
      readonly #locked: Set<string> = new Set()

      override lock(id: string, options: LockOptions): Promise<Lock> {
        this.#locked.add(id)
        return super.lock(id, options)
      }
      override set(id: string, data: string, expiresAt: number, when: Condition): SetResult {
        return this.#locked.has(id) ? { ok: false } : super.set(id, data, expiresAt, when)
      }
    },
    'locks: the holder can read, write, touch and delete',
  ),
  broken(
    'who waits too long gets just any error',
    class extends Base {
      override lock(id: string, options: LockOptions): Promise<Lock> {
        return super.lock(id, options).catch(() => {
          throw new Error('Too long.')
        })
      }
    },
    'locks: who waits too long gets a LockTimeoutError, and the holder keeps the lock',
  ),
  broken(
    'who gave up waiting stays in the queue',
    class extends Base {
      override lock(id: string, { wait, lease }: LockOptions): Promise<Lock> {
        const late = new Promise<never>((_, reject) => {
          setTimeout(() => reject(new LockTimeoutError('Too long.', 1)), Math.min(wait, 5_000)).unref()
        })
        return Promise.race([super.lock(id, { wait: 60_000, lease }), late])
      }
    },
    'locks: who gave up waiting is not served later',
  ),
  broken(
    'a release releases whoever holds the lock',
    class extends Base {
      #holder: Lock | undefined

      override async lock(id: string, options: LockOptions): Promise<Lock> {
        const lock = await super.lock(id, options)
        this.#holder = lock
        return { renew: () => lock.renew(), release: async () => this.#holder?.release() }
      }
    },
    'locks: a second release does not release the lock of the next holder',
    'locks: who lost a lock does not release that of the next holder',
  ),
  broken(
    'renew always says true, and does nothing',
    class extends Base {
      override async lock(id: string, options: LockOptions): Promise<Lock> {
        return { ...(await super.lock(id, options)), renew: async () => true }
      }
    },
    'locks: a lock that was released cannot be renewed',
    'locks: a lease that ran out goes to the next, and renew tells its former holder',
    'locks: a lease that is renewed does not run out',
  ),
  broken(
    'a lease never runs out',
    class extends Base {
      override lock(id: string, { wait }: LockOptions): Promise<Lock> {
        return super.lock(id, { wait, lease: 3_600_000 })
      }
    },
    'locks: a lease that ran out goes to the next, and renew tells its former holder',
    'locks: who lost a lock does not release that of the next holder',
  ),
  broken(
    'the error of a lock tells the id',
    class extends Base {
      override lock(id: string, options: LockOptions): Promise<Lock> {
        return super.lock(id, options).catch((cause: unknown) => {
          throw new LockTimeoutError(`No lock for ${id}.`, 1, { cause })
        })
      }
    },
    'hygiene: a LockTimeoutError shows no id',
  ),
]

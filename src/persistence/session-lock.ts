import { formatDuration } from '../checks/duration.ts'
import { LockTimeoutError } from '../errors.ts'
import { inTime, isPromise, LONGEST_TIMER, type MaybePromise } from '../maybe-promise.ts'
import type { Lock, LockOptions } from '../stores/store.ts'
import type { Patience } from './patience.ts'

/** How long a request waits for a session, how long the lock of a holder that stopped lives (both in
 * milliseconds), and how many requests of this process may wait. */
export interface LockPlan {
  readonly wait: number
  readonly lease: number
  readonly maxWaiters: number
}

/** Takes the lock that holds across processes. */
export type StoreLock = (id: string, options: LockOptions) => MaybePromise<Lock>

/** A store is given this long at least to say whether a lock is free, in milliseconds. */
const SHORTEST_ANSWER = 100

/** Hands out the locks of sessions: to one request of this process at a time, and only then by the store. */
export class SessionLocks {
  readonly #lock: StoreLock
  /** The requests of this process that want the same session, in the order of asking, behind the one that has it. */
  readonly #lines = new Map<string, (() => void)[]>()

  constructor(lock: StoreLock) {
    this.#lock = lock
  }

  /**
   * `patience`: how long the store may take to give a lock back.
   *
   * @throws LockTimeoutError when the wait was in vain, or the line too long to join.
   */
  async take(id: string, plan: LockPlan, patience?: Patience): Promise<SessionLock> {
    const began = performance.now()
    await this.#queue(id, plan)
    try {
      const wait = Math.max(0, plan.wait - (performance.now() - began))
      const asked = this.#lock(id, { wait, lease: plan.lease })
      const lock = isPromise(asked) ? await inTime(asked, Math.max(wait, SHORTEST_ANSWER)) : asked
      if (lock) return new SessionLock(lock, plan.lease, () => this.#leave(id), patience)
      // One that comes late is given back at once.
      void attempt(async () => (await asked).release())
      throw inUse(id, wait)
    } catch (error) {
      this.#leave(id)
      throw error
    }
  }

  async #queue(id: string, { wait, maxWaiters }: LockPlan): Promise<void> {
    const line = this.#lines.get(id)
    if (!line) {
      this.#lines.set(id, [])
      return
    }
    if (line.length >= maxWaiters) {
      const full = `There are ${line.length} requests waiting for session ${id} already.`
      throw new LockTimeoutError(full, seconds(wait))
    }
    let turn: (() => void) | undefined
    await inTime(new Promise<void>((resolve) => line.push((turn = resolve))), wait)
    // Whose turn it is has left the line.
    const place = line.indexOf(turn!)
    if (place === -1) return
    line.splice(place, 1)
    throw inUse(id, wait)
  }

  #leave(id: string): void {
    const next = this.#lines.get(id)?.shift()
    if (next) next()
    else this.#lines.delete(id)
  }
}

/** A session that is held; the lease is renewed until it is released. */
export class SessionLock {
  readonly #lock: Lock
  readonly #renewal: NodeJS.Timeout
  readonly #patience: Patience | undefined
  #leave: (() => void) | undefined

  constructor(lock: Lock, lease: number, leave: () => void, patience?: Patience) {
    this.#lock = lock
    this.#patience = patience
    this.#leave = leave
    // A lease that could not be renewed is noticed at the commit, which is conditional.
    const renew = (): void => void attempt(() => lock.renew())
    this.#renewal = setInterval(renew, Math.min(lease / 3, LONGEST_TIMER)).unref()
  }

  /** Idempotent. A store that fails to release is left to the lease. */
  async release(): Promise<void> {
    const leave = this.#leave
    if (!leave) return
    this.#leave = undefined
    clearInterval(this.#renewal)
    await attempt(() => {
      const released = this.#lock.release()
      return (
        this.#patience?.wait(released, () => new Error('The lock was not given back in time.')) ?? released
      )
    })
    leave()
  }
}

/** A store that fails here, be it at once, disturbs nobody: the lease ends by itself. */
async function attempt(work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch {}
}

function inUse(id: string, wait: number): LockTimeoutError {
  const held = `Session ${id} was in use by other requests for ${formatDuration(Math.round(wait))}.`
  return new LockTimeoutError(held, seconds(wait))
}

const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000))

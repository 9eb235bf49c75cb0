import { formatDuration } from '../checks/duration.ts'
import { LockTimeoutError } from '../errors.ts'
import { inTime, LONGEST_TIMER } from '../maybe-promise.ts'
import type { Lock, Store } from '../stores/store.ts'
import { checkLock } from './answers.ts'
import type { Patience } from './patience.ts'
import { typed } from './store-calls.ts'

/** How long a request waits for a session, how long the lock of a holder that stopped lives (both in
 * milliseconds), and how many requests of this process may wait. */
export interface LockPlan {
  readonly wait: number
  readonly lease: number
  readonly maxWaiters: number
}

/** A session that is held; the lease is renewed until it is released. */
export interface SessionLock {
  /** Idempotent. A store that fails to release is left to the lease. */
  release(): Promise<void>
}

/** A store is given this long at least to say whether a lock is free, in milliseconds. */
const SHORTEST_ANSWER = 100

/** Hands out the locks of sessions: to one request of this process at a time, and only then by the store. */
export class SessionLocks {
  readonly #store: Pick<Store, 'lock'>
  /** The requests of this process that want the same session, in the order of asking, behind the one that has it. */
  readonly #lines = new Map<string, (() => void)[]>()

  constructor(store: Pick<Store, 'lock'>) {
    this.#store = store
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
      const asked = Promise.resolve(this.#store.lock!(id, { wait, lease: plan.lease })).then(checkLock)
      const lock = await inTime(asked, Math.max(wait, SHORTEST_ANSWER))
      if (lock) return hold(lock, plan.lease, () => this.#leave(id), patience)
      // One that comes late is given back at once.
      void attempt(async () => (await asked).release())
      throw inUse(id, wait)
    } catch (error) {
      this.#leave(id)
      throw typed('lock', error)
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

function hold(lock: Lock, lease: number, leave: () => void, patience?: Patience): SessionLock {
  // A lease that could not be renewed is noticed at the commit, which is conditional.
  const renew = (): void => void attempt(() => lock.renew())
  const renewal = setInterval(renew, Math.min(lease / 3, LONGEST_TIMER)).unref()
  const giveBack = async (): Promise<void> => {
    clearInterval(renewal)
    await attempt(() => {
      const released = lock.release()
      return patience?.wait(released, () => new Error('The lock was not given back in time.')) ?? released
    })
    leave()
  }
  let released: Promise<void> | undefined
  return { release: () => (released ??= giveBack()) }
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

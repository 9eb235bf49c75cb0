import { formatDuration } from '../checks/duration.ts'
import { LockTimeoutError } from '../errors.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import { isPromise } from '../maybe-promise.ts'
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

/** The requests of this process that want the same session, in the order of asking; the first one has it. */
type Line = (() => void)[]

/** Hands out the locks of sessions: to one request of this process at a time, and only then by the store. */
export class SessionLocks {
  readonly #lock: StoreLock
  readonly #lines = new Map<string, Line>()

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
      const lock = await inTime(id, this.#lock(id, { wait, lease: plan.lease }), wait)
      return new SessionLock(lock, plan.lease, () => this.#leave(id), patience)
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
      throw new LockTimeoutError(
        `There are ${line.length} requests waiting for session ${id} already.`,
        seconds(wait),
      )
    }
    await new Promise<void>((resolve, reject) => {
      const turn = (): void => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(
        () => {
          line.splice(line.indexOf(turn), 1)
          reject(inUse(id, wait))
        },
        Math.min(wait, LONGEST_TIMER),
      )
      line.push(turn)
    })
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
      return this.#patience?.wait(released, notInTime) ?? released
    })
    leave()
  }
}

/** A store is given this long at least to say whether a lock is free, in milliseconds. */
const SHORTEST_ANSWER = 100

/** The lock, if it comes in time; one that comes late is given back at once. */
async function inTime(id: string, asked: MaybePromise<Lock>, wait: number): Promise<Lock> {
  if (!isPromise(asked)) return asked
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    const answerIn = Math.min(Math.max(wait, SHORTEST_ANSWER), LONGEST_TIMER)
    timer = setTimeout(() => resolve(undefined), answerIn)
  })
  try {
    const lock = await Promise.race([asked, late])
    if (lock) return lock
  } finally {
    clearTimeout(timer)
  }
  void attempt(async () => (await asked).release())
  throw inUse(id, wait)
}

/** Timers take no longer delay, in milliseconds. */
const LONGEST_TIMER = 2_147_483_647

/** A store that fails here, be it at once, disturbs nobody. */
async function attempt(work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch {
    // The lease ends by itself.
  }
}

const notInTime = (): Error => new Error('The lock was not given back in time.')

function inUse(id: string, wait: number): LockTimeoutError {
  return new LockTimeoutError(
    `Session ${id} was in use by other requests for ${formatDuration(Math.round(wait))}.`,
    seconds(wait),
  )
}

const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000))

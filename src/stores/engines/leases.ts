import { formatDuration, LONGEST_TIMER } from '../../checks/duration.ts'
import { LockTimeoutError, StoreUnavailableError } from '../../errors.ts'
import type { MaybePromise } from '../../maybe-promise.ts'
import { generateToken } from '../../token.ts'
import type { Lock, LockOptions } from '../store.ts'
import { Backoff } from './backoff.ts'

/** Where leases are kept, so that several processes see them. Time is that of the place. */
export interface LeaseTable {
  /** Of the pauses between two looks at the table, which double from one millisecond on, the longest. */
  readonly longestPause: number
  /** What tells one holder from all others; else a random token. */
  token?(): string
  /** `true`: the token has the lease now, or had it already. `false`: another has. */
  take(key: string, token: string, lease: number): MaybePromise<boolean>
  /** `false`: the lease is another's, or nobody's. */
  renew(key: string, token: string, lease: number): Promise<boolean>
  release(key: string, token: string): Promise<void>
}

interface Waiter {
  /** Ends the present nap early. */
  wake: () => void
}

/**
 * The locks of whole requests, across processes. Inside this process they are handed out in the order they were
 * asked for: the first in the line asks the table again and again, the others wait for the line to move.
 */
export class Leases {
  readonly #table: LeaseTable
  readonly #lines = new Map<string, Waiter[]>()
  readonly #held = new Set<Lock>()
  #closed = false

  constructor(table: LeaseTable) {
    this.#table = table
  }

  /** Rejects with `LockTimeoutError` after `wait`. */
  async take(key: string, { wait, lease }: LockOptions): Promise<Lock> {
    const deadline = performance.now() + wait
    const backoff = new Backoff(this.#table.longestPause)
    const token = this.#newToken()
    const waiter: Waiter = { wake: () => undefined }
    const line = this.#lines.get(key) ?? []
    this.#lines.set(key, line)
    line.push(waiter)
    try {
      for (;;) {
        if (this.#closed) throw new StoreUnavailableError('The store has been closed.', { outcome: 'none' })
        const isFirst = line[0] === waiter
        const lock = isFirst ? await this.attempt(key, lease, token) : undefined
        if (lock) return lock
        const left = deadline - performance.now()
        if (left <= 0) throw lockTimeout(wait)
        await nap(waiter, Math.min(left, isFirst ? backoff.next() : LONGEST_TIMER))
      }
    } finally {
      line.splice(line.indexOf(waiter), 1)
      if (line.length === 0) this.#lines.delete(key)
      else line[0]!.wake()
    }
  }

  /** The lease, or `undefined` while another has it. */
  async attempt(key: string, lease: number, token: string = this.#newToken()): Promise<Lock | undefined> {
    try {
      if (!(await this.#table.take(key, token, lease))) return undefined
    } catch (error) {
      // It may have been taken all the same; then it is of no use to anybody.
      this.#table.release(key, token).catch(() => undefined)
      throw error
    }
    if (!this.#closed) return this.#lock(key, token, lease)
    // Closed meanwhile: nobody will release it.
    await this.#table.release(key, token)
    return undefined
  }

  /** Sends the waiting away and gives back what is held. */
  async close(): Promise<void> {
    this.#closed = true
    for (const line of this.#lines.values()) for (const waiter of line) waiter.wake()
    await Promise.allSettled([...this.#held].map((lock) => lock.release()))
  }

  #newToken(): string {
    return this.#table.token?.() ?? generateToken()
  }

  #lock(key: string, token: string, length: number): Lock {
    const lock: Lock = {
      renew: () => this.#table.renew(key, token, length),
      release: async () => {
        // A second release would be a query for nothing.
        if (!this.#held.delete(lock)) return
        try {
          await this.#table.release(key, token)
        } finally {
          this.#lines.get(key)?.[0]?.wake()
        }
      },
    }
    this.#held.add(lock)
    return lock
  }
}

function nap(waiter: Waiter, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    waiter.wake = () => {
      clearTimeout(timer)
      resolve()
    }
  })
}

/** For whoever has waited for a lock for so many milliseconds. */
export function lockTimeout(wait: number): LockTimeoutError {
  const message = `Another request has held the lock of the session for ${formatDuration(Math.round(wait))}.`
  return new LockTimeoutError(message, Math.max(1, Math.ceil(wait / 1000)))
}

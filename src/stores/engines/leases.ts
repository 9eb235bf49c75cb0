import { LockTimeoutError, StoreUnavailableError } from '../../errors.ts'
import { generateToken } from '../../token.ts'
import type { Lock, LockOptions } from '../store.ts'

/** Where leases are kept, so that several processes see them. Time is that of the place. */
export interface LeaseTable {
  /** `true`: the token has the lease now, or had it already. `false`: another has. */
  take(key: string, token: string, lease: number): Promise<boolean>
  /** `false`: the lease is another's, or nobody's. */
  renew(key: string, token: string, lease: number): Promise<boolean>
  release(key: string, token: string): Promise<void>
}

/** Pauses between two looks at the table, in milliseconds. */
const SHORTEST_PAUSE = 2
const LONGEST_PAUSE = 50
const LONGEST_TIMER = 2 ** 31 - 1

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
    const waiter: Waiter = { wake: () => undefined }
    const line = this.#lines.get(key) ?? []
    this.#lines.set(key, line)
    line.push(waiter)
    try {
      return await this.#wait(key, lease, deadline, wait, waiter, line)
    } finally {
      line.splice(line.indexOf(waiter), 1)
      if (line.length === 0) this.#lines.delete(key)
      else line[0]!.wake()
    }
  }

  async #wait(
    key: string,
    lease: number,
    deadline: number,
    wait: number,
    waiter: Waiter,
    line: readonly Waiter[],
  ): Promise<Lock> {
    const token = generateToken()
    let pause = SHORTEST_PAUSE
    for (;;) {
      if (this.#closed) throw new StoreUnavailableError('The store has been closed.', { outcome: 'none' })
      const isFirst = line[0] === waiter
      if (isFirst && (await this.#attempt(key, token, lease))) return this.#lock(key, token, lease)
      const left = deadline - performance.now()
      if (left <= 0) throw timeout(wait)
      await nap(waiter, Math.min(left, isFirst ? pause * (0.5 + Math.random() / 2) : LONGEST_TIMER))
      if (isFirst) pause = Math.min(pause * 2, LONGEST_PAUSE)
    }
  }

  async #attempt(key: string, token: string, lease: number): Promise<boolean> {
    try {
      const taken = await this.#table.take(key, token, lease)
      // Closed meanwhile: nobody will release it.
      if (taken && this.#closed) await this.#table.release(key, token)
      return taken && !this.#closed
    } catch (error) {
      // It may have been taken all the same; then it is of no use to anybody.
      this.#table.release(key, token).catch(() => undefined)
      throw error
    }
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

  /** Sends the waiting away and gives back what is held. */
  async close(): Promise<void> {
    this.#closed = true
    for (const line of this.#lines.values()) for (const waiter of line) waiter.wake()
    await Promise.allSettled([...this.#held].map((lock) => lock.release()))
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

function timeout(wait: number): LockTimeoutError {
  const message = `Another request has held the lock of the session for ${Math.round(wait)} ms.`
  return new LockTimeoutError(message, Math.max(1, Math.ceil(wait / 1000)))
}

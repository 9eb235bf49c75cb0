import { LockTimeoutError, StoreUnavailableError } from '../../errors.ts'
import type { LockOptions } from '../store.ts'
import type { Disk } from './disk.ts'
import { attemptLease } from './lease.ts'
import type { Lease } from './lease.ts'
import { Backoff } from './patience.ts'

const LONGEST_TIMER = 2 ** 31 - 1

/** Somebody who waits for a lease. */
interface Waiter {
  /** Ends the present nap early. */
  wake: () => void
}

/** Hands out the leases: inside this process in the order they were asked for. */
export class Leases {
  readonly #disk: Disk
  readonly #lines = new Map<string, Waiter[]>()
  readonly #held = new Set<Lease>()
  #closed = false

  constructor(disk: Disk) {
    this.#disk = disk
  }

  /** Rejects with `LockTimeoutError` after `wait`. */
  async take(record: string, { wait, lease }: LockOptions): Promise<Lease> {
    const deadline = performance.now() + wait
    const waiter: Waiter = { wake: () => undefined }
    const line = this.#join(record, waiter)
    try {
      for (const backoff = new Backoff(); ;) {
        if (this.#closed)
          throw new StoreUnavailableError('The file store has been closed.', { outcome: 'none' })
        const isFirst = line[0] === waiter
        const got = isFirst ? this.attempt(record, lease) : undefined
        if (got !== undefined) return got
        const left = deadline - performance.now()
        if (left <= 0) throw timeout(wait)
        // The first asks the disk again and again; the others are woken when the line moves.
        await nap(waiter, Math.min(left, isFirst ? backoff.next() : LONGEST_TIMER))
      }
    } finally {
      this.#leave(record, line, waiter)
    }
  }

  /** The lease, or `undefined` while another has it. */
  attempt(record: string, length: number): Lease | undefined {
    const lease = attemptLease(record, length, this.#disk.settings.clock, (released) => {
      this.#held.delete(released)
      this.#lines.get(record)?.[0]?.wake()
    })
    if (lease !== undefined) this.#held.add(lease)
    return lease
  }

  /** Sends the waiting away and gives back what is held. */
  async close(): Promise<void> {
    this.#closed = true
    for (const line of this.#lines.values()) for (const waiter of line) waiter.wake()
    await Promise.allSettled([...this.#held].map((lease) => lease.release()))
  }

  #join(record: string, waiter: Waiter): Waiter[] {
    const line = this.#lines.get(record) ?? []
    this.#lines.set(record, line)
    line.push(waiter)
    return line
  }

  #leave(record: string, line: Waiter[], waiter: Waiter): void {
    line.splice(line.indexOf(waiter), 1)
    if (line.length === 0) this.#lines.delete(record)
    else line[0]!.wake()
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

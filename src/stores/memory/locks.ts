import { LONGEST_TIMER } from '../../checks/duration.ts'
import { StoreUnavailableError } from '../../errors.ts'
import { lockTimeout } from '../engines/leases.ts'
import type { Lock, LockOptions } from '../store.ts'

interface Waiter {
  readonly lease: number
  readonly timer: NodeJS.Timeout
  readonly admit: (lock: Lock) => void
  readonly refuse: (error: Error) => void
}

interface Queue {
  holder: symbol
  lease: NodeJS.Timeout
  readonly waiters: Set<Waiter>
}

/**
 * One lock per id for one process. Waiters are served in the order they came. Leases run by the real,
 * monotonic clock, so that a step of the wall clock does not admit two holders.
 */
export class LockQueues {
  readonly #queues: Map<string, Queue> = new Map()

  acquire(id: string, { wait, lease }: LockOptions): Promise<Lock> {
    const queue = this.#queues.get(id)
    if (queue === undefined) return Promise.resolve(this.#grant(id, lease, new Set()))
    return new Promise((admit, refuse) => {
      const timer = setTimeout(() => {
        queue.waiters.delete(waiter)
        refuse(lockTimeout(wait))
      }, delay(wait))
      const waiter: Waiter = { lease, timer, admit, refuse }
      queue.waiters.add(waiter)
    })
  }

  /** Every holder loses its lock, every waiter is refused. */
  close(): void {
    for (const { lease, waiters } of this.#queues.values()) {
      clearTimeout(lease)
      for (const waiter of waiters) {
        clearTimeout(waiter.timer)
        waiter.refuse(new StoreUnavailableError('The store was closed.', { outcome: 'none' }))
      }
    }
    this.#queues.clear()
  }

  #grant(id: string, lease: number, waiters: Set<Waiter>): Lock {
    const holder = Symbol('holder')
    const held = (): boolean => this.#queues.get(id)?.holder === holder
    const pass = (): void => {
      if (held()) this.#pass(id)
    }
    this.#queues.set(id, { holder, lease: setTimeout(pass, delay(lease)).unref(), waiters })
    return {
      renew: async () => {
        if (!held()) return false
        this.#queues.get(id)?.lease.refresh()
        return true
      },
      release: async () => pass(),
    }
  }

  /** From the holder to the first waiter, or to nobody. */
  #pass(id: string): void {
    const queue = this.#queues.get(id)!
    clearTimeout(queue.lease)
    const [first] = queue.waiters
    if (first === undefined) {
      this.#queues.delete(id)
      return
    }
    queue.waiters.delete(first)
    clearTimeout(first.timer)
    first.admit(this.#grant(id, first.lease, queue.waiters))
  }
}

const delay = (ms: number): number => Math.min(ms, LONGEST_TIMER)

import { StoreUnavailableError } from '../../errors.ts'
import type { Lock, LockOptions, SweepOptions, SweepResult } from '../store.ts'
import { type LeaseTable, Leases } from './leases.ts'
import { Sweeper, type Sweeping } from './sweeper.ts'

/** What a store has beside its records: the locks of requests, sweeps, and an end. */
export class Upkeep {
  readonly #name: string
  readonly #leases: Leases
  readonly #sweeper: Sweeper
  readonly #end: () => Promise<void>
  #closing: Promise<void> | undefined

  /** `end` is called when no lock is held and no sweep runs any more. */
  constructor(
    name: string,
    locks: LeaseTable,
    sweeping: (leases: Leases) => Sweeping,
    end: () => Promise<void>,
  ) {
    this.#name = name
    this.#leases = new Leases(locks)
    this.#sweeper = new Sweeper(sweeping(this.#leases))
    this.#end = end
  }

  /** Before each operation on a record: with the first the sweeps begin. @throws StoreUnavailableError after `close` */
  use(): void {
    this.assertOpen()
    this.#sweeper.start()
  }

  lock(key: string, options: LockOptions): Promise<Lock> {
    this.use()
    return this.#leases.take(key, options)
  }

  sweep(options: SweepOptions): Promise<SweepResult> {
    this.assertOpen()
    return this.#sweeper.run(options)
  }

  /** Refuses what comes, gives back the locks it holds, waits for what is under way. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** From the call of `close` on. */
  assertOpen(): void {
    if (this.#closing === undefined) return
    throw new StoreUnavailableError(`The ${this.#name} store has been closed.`, { outcome: 'none' })
  }

  async #close(): Promise<void> {
    await Promise.all([this.#sweeper.stop(), this.#leases.close()])
    await this.#end()
  }
}

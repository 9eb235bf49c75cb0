import { StoreUnavailableError } from '../../errors.ts'
import { LATE, within } from '../engines/deadline.ts'
import { Operations } from '../engines/operations.ts'
import { Environment, type Tables } from './environment.ts'
import { explain, messageOf, passes } from './failure.ts'
import type { LmdbSettings } from './settings.ts'

/** How often a transaction is begun at most. */
const MOST_TRIES = 3

/** Reads at once; writes in transactions that LMDB commits in groups, with a deadline of our own. */
export class LmdbDatabase {
  readonly settings: LmdbSettings
  readonly #environment: Environment
  readonly #operations = new Operations()
  #closed = false

  constructor(settings: LmdbSettings) {
    this.settings = settings
    this.#environment = Environment.use(settings)
  }

  get tables(): Tables {
    return this.#environment.tables
  }

  /** What has been committed by now, by any process. */
  read<T>(operation: string, work: (tables: Tables) => T): T {
    this.#assertOpen()
    try {
      // LMDB keeps a snapshot for a turn of the event loop, in which others may write.
      this.#environment.root.resetReadTxn()
      return work(this.tables)
    } catch (cause) {
      throw new StoreUnavailableError(`The LMDB store could not ${operation}: ${messageOf(cause)}.`, {
        cause,
        outcome: 'none',
      })
    }
  }

  /** Resolves when the work is on the disk. It must be synchronous. */
  write<T>(operation: string, work: (tables: Tables) => T): Promise<T> {
    return this.#operations.follow(this.#write(operation, work))
  }

  async #write<T>(operation: string, work: (tables: Tables) => T): Promise<T> {
    this.#assertOpen()
    const { timeout } = this.settings
    const deadline = performance.now() + timeout
    for (let tries = 1; ; tries += 1) {
      try {
        // A writer of another process that stands still holds up all others.
        return await within(deadline, this.#transact(work, deadline))
      } catch (error) {
        if (error === LATE) {
          const message = `The LMDB store did not ${operation} within ${timeout} ms.`
          throw new StoreUnavailableError(message, { outcome: 'unknown' })
        }
        if (!passes(error) || tries === MOST_TRIES) {
          throw await explain(error, operation, this.#environment.path)
        }
      }
    }
  }

  async #transact<T>(work: (tables: Tables) => T, deadline: number): Promise<T> {
    return this.#environment.root.transaction(() => {
      // Whoever asked for it has been told that it failed.
      if (performance.now() > deadline) throw LATE
      return work(this.tables)
    })
  }

  /** Slots of processes that died keep old pages from being used again. */
  clearReaders(): void {
    this.#assertOpen()
    this.#environment.root.readerCheck()
  }

  /** Refuses what comes, waits for what is under way. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#operations.over()
    await this.#environment.release()
  }

  #assertOpen(): void {
    if (this.#closed) throw new StoreUnavailableError('The LMDB store has been closed.', { outcome: 'none' })
  }
}

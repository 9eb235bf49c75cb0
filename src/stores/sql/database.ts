import { setTimeout as pause } from 'node:timers/promises'
import { type SessionError, StoreUnavailableError } from '../../errors.ts'
import { explain, failureOf } from './failure.ts'
import { LATE } from '../engines/deadline.ts'
import { Operations } from '../engines/operations.ts'
import { type Query, Session } from './connection.ts'
import type { SqlSettings } from './settings.ts'

/** How often an operation is begun at most when connections break under it. */
const MOST_CONNECTIONS = 6
/** Pauses before the next try when others were in the way, in milliseconds. */
const LONGEST_PAUSE = 20

/** What an operation does. `again`: an earlier try of it may have taken place. */
export type Work<T> = (query: Query, again: boolean) => Promise<T>

export interface Operation {
  /** For messages: `'read a record'`. */
  readonly name: string
  readonly writes: boolean
  /** Overrules the one of the settings. */
  readonly timeout?: number
}

/**
 * The pool of connections, with a deadline that holds whatever the driver does. An operation has one connection
 * for all its statements, so a pool of one is enough. It is tried again when the connection breaks, which is safe
 * because every write carries a version of its own to be known by.
 */
export class Database {
  readonly settings: SqlSettings
  readonly #operations = new Operations()
  #closed = false

  constructor(settings: SqlSettings) {
    this.settings = settings
  }

  get closed(): boolean {
    return this.#closed
  }

  run<T>(operation: Operation, work: Work<T>): Promise<T> {
    return this.#operations.follow(this.#run(operation, work))
  }

  /** Refuses what comes, waits for what is under way. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#operations.over()
  }

  async #run<T>(operation: Operation, work: Work<T>): Promise<T> {
    const deadline = performance.now() + (operation.timeout ?? this.settings.timeout)
    let uncertain = false
    for (let connections = 1; ;) {
      if (this.#closed) throw closed(uncertain)
      const session = new Session(this.settings, deadline)
      try {
        return await session.use((query) => work(query, uncertain))
      } catch (error) {
        const failure = failureOf(error)
        if (session.began && operation.writes && failure === 'lost') uncertain = true
        const hopeless = error === LATE || !session.began || performance.now() >= deadline
        const tries = failure === 'busy' || (failure === 'lost' && connections < MOST_CONNECTIONS)
        if (hopeless || !tries) throw this.#explain(error, operation, uncertain)
        if (failure === 'lost') connections += 1
      }
      await pause(Math.random() * LONGEST_PAUSE)
    }
  }

  #explain(error: unknown, { name, timeout }: Operation, uncertain: boolean): SessionError {
    const outcome = uncertain ? 'unknown' : 'none'
    if (error !== LATE) return explain(error, name, outcome)
    const ms = timeout ?? this.settings.timeout
    return new StoreUnavailableError(`The database did not ${name} within ${ms} ms.`, { outcome })
  }
}

function closed(uncertain: boolean): StoreUnavailableError {
  return new StoreUnavailableError('The SQL store has been closed.', {
    outcome: uncertain ? 'unknown' : 'none',
  })
}

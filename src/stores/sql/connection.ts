import type { Knex } from 'knex'
import { LATE, within } from '../engines/deadline.ts'
import type { SqlSettings } from './settings.ts'

/** Runs one statement, as Knex has built it, and resolves to what Knex makes of its result. */
export type Query = <T>(statement: Knex.QueryBuilder | Knex.Raw) => Promise<T>

/** What drivers and Knex call the parts of a connection that we touch. */
interface RawConnection {
  /** Knex hands out no connection that has this. */
  __knex__disposed?: unknown
  readonly stream?: { destroy?(): void }
  readonly connection?: { readonly stream?: { destroy?(): void } }
}

/** One connection of the pool, for one try of one operation. */
export class Session {
  readonly #settings: SqlSettings
  readonly #deadline: number
  /** Whether a statement has been handed to the driver. */
  began = false
  #over = false

  constructor(settings: SqlSettings, deadline: number) {
    this.#settings = settings
    this.#deadline = deadline
  }

  /** Throws what the driver does, or `LATE`. */
  async use<T>(work: (query: Query) => Promise<T>): Promise<T> {
    const connection = await this.#acquire()
    const working = work((statement) => this.#query(connection, statement))
    try {
      return await within(this.#deadline, working)
    } catch (error) {
      if (error === LATE) this.#abandon(connection)
      throw error
    } finally {
      this.#over = true
      // An embedded database cannot be cut off, so its connection is free when it is done.
      if (this.#settings.dialect.embedded)
        void working.catch(() => undefined).then(() => this.#release(connection))
      else this.#release(connection)
    }
  }

  /** A connection that comes too late goes back untouched: its statement is never sent. */
  async #acquire(): Promise<RawConnection> {
    const { client } = this.#settings.knex
    const acquiring = Promise.resolve(client.acquireConnection() as Promise<RawConnection>)
    try {
      return await within(this.#deadline, acquiring)
    } catch (error) {
      if (error === LATE) acquiring.then((connection) => this.#release(connection)).catch(() => undefined)
      throw error
    }
  }

  async #query<T>(connection: RawConnection, statement: Knex.QueryBuilder | Knex.Raw): Promise<T> {
    if (this.#over) throw LATE
    this.began = true
    return (await statement.connection(connection)) as T
  }

  /** The next operation must not wait for an answer that may never come. */
  #abandon(connection: RawConnection): void {
    if (this.#settings.dialect.embedded) return
    connection.__knex__disposed = LATE
    const stream = connection.stream ?? connection.connection?.stream
    stream?.destroy?.()
  }

  #release(connection: RawConnection): void {
    // The pool may have been destroyed meanwhile.
    Promise.resolve()
      .then(() => this.#settings.knex.client.releaseConnection(connection) as unknown)
      .catch(() => undefined)
  }
}

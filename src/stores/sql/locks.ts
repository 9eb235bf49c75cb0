import type { Knex } from 'knex'
import type { LeaseTable } from '../engines/leases.ts'
import type { Database } from './database.ts'
import { insertIfAbsent } from './insert.ts'

/** No lease is longer, in milliseconds. */
const LONGEST = 2 ** 50

export function locksOf(table: string): string {
  return `${table}_locks`
}

/**
 * A row for each lock that is held: who has it, and until when by the clock of the database. Advisory locks would
 * need a connection for as long as the request takes, and are not there in every database.
 */
export class LockTable implements LeaseTable {
  readonly longestPause = 50
  readonly #database: Database
  readonly #table: string

  constructor(database: Database) {
    this.#database = database
    this.#table = locksOf(database.settings.table)
  }

  take(key: string, token: string, lease: number): Promise<boolean> {
    const { settings } = this.#database
    const { knex, dialect } = settings
    return this.#database.run({ name: 'take a lock', writes: true }, async (query) => {
      const row = { id: key, token, held_until: this.#end(lease) }
      if (await insertIfAbsent(query, settings, this.#table, row)) return true
      // One whose lease is over is overtaken; our own token is that of a try whose answer was lost.
      const overtaken = knex(this.#table)
        .where('id', key)
        .whereRaw(`(held_until <= ${dialect.now} or token = ?)`, [token])
        .update({ token, held_until: this.#end(lease) })
      return (await query<number>(overtaken)) > 0
    })
  }

  renew(key: string, token: string, lease: number): Promise<boolean> {
    const { knex } = this.#database.settings
    return this.#database.run({ name: 'renew a lock', writes: true }, async (query) => {
      const mine = knex(this.#table).where({ id: key, token })
      return (await query<number>(mine.update({ held_until: this.#end(lease) }))) > 0
    })
  }

  release(key: string, token: string): Promise<void> {
    const { knex } = this.#database.settings
    return this.#database.run({ name: 'release a lock', writes: true }, async (query) => {
      await query(knex(this.#table).where({ id: key, token }).del())
    })
  }

  /** What holders that died have left lying. */
  clear(retention: number): Promise<void> {
    const { knex, dialect } = this.#database.settings
    return this.#database.run({ name: 'clear locks', writes: true }, async (query) => {
      await query(knex(this.#table).whereRaw(`held_until < ${dialect.now} - ?`, [retention]).del())
    })
  }

  #end(lease: number): Knex.Raw {
    const { knex, dialect } = this.#database.settings
    return knex.raw(`${dialect.now} + ?`, [Math.ceil(Math.min(lease, LONGEST))])
  }
}

import type { Knex } from 'knex'
import { SessionConfigError, type SessionError } from '../../errors.ts'
import { generateToken } from '../../token.ts'
import type { Query } from './connection.ts'
import type { Database } from './database.ts'
import { codeOf, explain } from './failure.ts'
import { insertIfAbsent } from './insert.ts'
import { locksOf } from './locks.ts'
import type { SqlSettings } from './settings.ts'

const COLUMNS = ['id', 'version', 'expires_at', 'data']
const LOCK_COLUMNS = ['id', 'token', 'held_until']
/** Making tables may wait for others who do the same. In milliseconds. */
const PATIENCE = 30_000

/** Makes what is missing, then tries what is there, and leaves no trace of that. */
export async function migrate(database: Database): Promise<void> {
  const { settings } = database
  const operation = { name: 'make the tables', writes: true, timeout: PATIENCE }
  try {
    await database.run(operation, (query) => checkColumns(query, settings))
    await database.run(operation, (query) => createTables(query, settings))
    await database.run(operation, (query) => inVain(query, settings))
  } catch (error) {
    throw asConfigError(error)
  }
}

async function createTables(query: Query, { knex, dialect, table }: SqlSettings): Promise<void> {
  for (const [sql, names] of dialect.create(table, locksOf(table))) {
    try {
      await query(knex.raw(sql, [...names]))
    } catch (error) {
      // PostgreSQL, when two make the same table at once: one finds it made, but trips over its names or its type.
      if (!['23505', '42710', '42P07'].includes(String(codeOf(error)))) throw error
    }
  }
}

/** A table that is there already; of none that is not there does Knex know a column. */
async function checkColumns(query: Query, { knex, table }: SqlSettings): Promise<void> {
  for (const [name, columns] of [
    [table, COLUMNS],
    [locksOf(table), LOCK_COLUMNS],
  ] as const) {
    const info = knex(name).columnInfo() as unknown as Knex.QueryBuilder
    const found = Object.keys(await query<Knex.ColumnInfo>(info))
    const missing = found.length === 0 ? [] : columns.filter((column) => !found.includes(column))
    if (missing.length === 0) continue
    throw new SessionConfigError(
      `The table '${name}' is of another shape: SqlStore expects the columns ${columns.join(', ')}, ` +
        `and finds no ${missing.join(', no ')}. Let migrate() make a table under another name.`,
    )
  }
}

/**
 * Tries the table out, and takes that back. Not in a transaction where the database is in this process: what is
 * open across turns of the event loop would stop another connection of the process for good.
 */
async function inVain(query: Query, settings: SqlSettings): Promise<void> {
  const { knex, table, dialect } = settings
  const id = `a${generateToken()}`
  if (!dialect.embedded) await query(knex.raw('begin'))
  try {
    await tryOut(query, settings, id)
  } finally {
    const ids = [id, id.toUpperCase()]
    await query(dialect.embedded ? knex(table).whereIn('id', ids).del() : knex.raw('rollback'))
  }
}

/** Longer than the texts MySQL cuts off at 64 KB, with characters it may lose. */
const LONG_TEXT = `${'x'.repeat(70_000)}é€😀\u001a\\'"`
const FAR = 8_640_000_000_000_000

/** Does what the store will do. */
async function tryOut(query: Query, settings: SqlSettings, id: string): Promise<void> {
  const { knex, table, dialect } = settings
  const refuse = (what: string): never => {
    throw new SessionConfigError(
      `The table '${table}' is of another shape: ${what}. Let migrate() make a table under another name.`,
    )
  }
  // Long over where a crash may leave it lying, for the sweep.
  const expiresAt = dialect.embedded ? 1 : FAR
  const row = { id, version: 'v'.repeat(22), expires_at: expiresAt, data: LONG_TEXT }
  const insert = (id: string): Promise<boolean> => insertIfAbsent(query, settings, table, { ...row, id })
  const accepted = await insert(id).catch((error: unknown) => {
    // What is wrong with the row is wrong with the table; anything else is wrong with the database.
    if (/^(?:22|23|42)|^ER_|^SQLITE_(?:CONSTRAINT|ERROR|MISMATCH)/.test(codeOf(error) ?? '')) {
      const { cause } = explain(error, 'insert', 'none') as SessionError & { cause?: Error }
      return refuse(`it does not take a record (${cause?.message ?? codeOf(error)})`)
    }
    throw error
  })
  if (!accepted) refuse('it does not take a record')
  const found = await query<typeof row | undefined>(knex(table).where({ id }).first())
  if (found?.data !== LONG_TEXT) refuse('text comes back altered; the character set must be utf8mb4')
  if (Number(found?.expires_at) !== expiresAt) refuse('expires_at does not hold 64 bits')
  if (await insert(id)) refuse('id is not unique')
  if (!(await insert(id.toUpperCase()))) refuse('id does not tell capital letters from small ones')
  const same = knex(table).where({ id }).update({ expires_at: expiresAt })
  if ((await query<number>(same)) !== 1) {
    throw new SessionConfigError("SqlStore needs the connection flag 'FOUND_ROWS', which is on by default.")
  }
}

/** A file that is no database, or one this SQLite is too old for, is no matter of time. */
function asConfigError(error: unknown): unknown {
  const { cause } = Object(error) as { cause?: unknown }
  const code = codeOf(cause) ?? ''
  if (!['SQLITE_NOTADB', 'SQLITE_CORRUPT', 'SQLITE_CANTOPEN'].includes(code)) return error
  return new SessionConfigError(`SqlStore cannot use the database file: ${code}.`, { cause })
}

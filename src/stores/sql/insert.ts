import type { Query } from './connection.ts'
import { isTaken } from './failure.ts'
import type { SqlSettings } from './settings.ts'

/** Inserts the row unless its id is taken; `false`: it is. */
export async function insertIfAbsent(
  query: Query,
  { knex, dialect }: SqlSettings,
  table: string,
  row: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  const insert = knex(table).insert(row)
  if (dialect.insertsOrReturns) {
    const inserted = await query<readonly unknown[]>(insert.onConflict('id').ignore().returning('id'))
    return inserted.length === 1
  }
  try {
    await query(insert)
    return true
  } catch (error) {
    if (isTaken(error)) return false
    throw error
  }
}

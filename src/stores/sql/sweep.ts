import { sweepInBatches, type Sweeping } from '../engines/sweeper.ts'
import { RETENTION } from '../store.ts'
import type { Database } from './database.ts'
import type { LockTable } from './locks.ts'

/** Rows that one statement removes. */
const BATCH = 100

/** In the order of deadlines; each row only if it is still expired by then. */
export function sweepingOf(database: Database, locks: LockTable): Sweeping {
  const { knex, table, clock, sweepInterval } = database.settings
  return {
    interval: sweepInterval,
    sweep: async (pace) => {
      await locks.clear(RETENTION)
      return sweepInBatches(pace, BATCH, (limit) =>
        database.run({ name: 'sweep', writes: true }, async (query) => {
          const end = Math.floor(clock() - RETENTION)
          // One more than it may remove: whether there are others.
          const expired = knex(table).select('id').where('expires_at', '<=', end)
          const rows = await query<{ id: string }[]>(expired.orderBy('expires_at').limit(limit + 1))
          const ids = rows.slice(0, limit).map(({ id }) => id)
          if (ids.length === 0) return { removed: 0, done: rows.length === 0 }
          const due = knex(table).whereIn('id', ids).where('expires_at', '<=', end)
          const removed = await query<number>(due.del())
          return { removed, done: rows.length <= limit }
        }),
      )
    },
  }
}

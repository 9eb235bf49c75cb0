import { sweepInBatches, type Sweeping } from '../engines/sweeper.ts'
import { RETENTION } from '../store.ts'
import type { LmdbDatabase } from './database.ts'
import type { Tables } from './environment.ts'
import { DAMAGED, decodeRecord } from './format.ts'
import type { LockTable } from './locks.ts'

/** How long damaged values are kept for somebody to look at, in milliseconds. */
const INSPECTION = 7 * 86_400_000
/** Keys of the index that a transaction looks at: 500 have been seen to block for 200 ms. */
const BATCH = 100

export function sweepingOf(database: LmdbDatabase, locks: LockTable): Sweeping {
  const { clock, sweepInterval } = database.settings
  return {
    interval: sweepInterval,
    sweep: async (pace) => {
      database.clearReaders()
      await locks.clear(RETENTION)
      await database.write('sweep', ({ damaged }) => {
        const old = [...damaged.getKeys({ end: [clock() - INSPECTION], limit: BATCH })]
        for (const key of old) damaged.removeSync(key)
      })
      return sweepInBatches(pace, BATCH, (limit) =>
        database.write('sweep', (tables) => {
          const end = [clock() - RETENTION, AFTER]
          // One more than it may remove: whether there are others.
          const due = [...tables.deadlines.getKeys({ end, limit: limit + 1 })]
          let removed = 0
          for (const [deadline, key] of due.slice(0, limit)) {
            if (removeExpired(tables, key, deadline)) removed += 1
            tables.deadlines.removeSync([deadline, key])
          }
          return { removed, done: due.length <= limit }
        }),
      )
    },
  }
}

/** Sorts after every key. */
const AFTER = '\uffff'

/** Only if the record still has this deadline; a damaged one has none. */
function removeExpired({ records }: Tables, key: string, deadline: number): boolean {
  const value = records.getBinary(key)
  if (value === undefined) return false
  const record = decodeRecord(value)
  if (record !== DAMAGED && record.expiresAt !== deadline) return false
  return records.removeSync(key)
}

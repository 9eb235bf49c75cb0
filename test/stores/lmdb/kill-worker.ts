import { open } from 'lmdb'
import { LmdbStore } from '../../../src/stores/lmdb/index.ts'
import { increment } from '../../../src/testing/conformance/increment.ts'

/* Counts, some counters at a time, and tells of each step that was acknowledged. Ends by being killed. */
const [dir = '', ...ids] = process.argv.slice(2)
const store = new LmdbStore({ open, dir, sweepInterval: false })
process.once('disconnect', () => process.exit())
await Promise.all(
  ids.map(async (id) => {
    for (;;) {
      await increment(store, id)
      process.send?.(id)
    }
  }),
)

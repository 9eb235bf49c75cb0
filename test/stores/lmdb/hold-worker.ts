import { open } from 'lmdb'

/* Begins to write, and stands still with the lock of all writers in its hands. */
const path = process.argv[2]!
const root = open({ path, noSubdir: false, maxDbs: 8, maxReaders: 1024, overlappingSync: false })
root.transactionSync(() => {
  process.send!('holds')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000)
})

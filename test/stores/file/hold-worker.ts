import { existsSync, writeFileSync } from 'node:fs'
import fs from 'fs-extra'
import { FileStore } from '../../../src/stores/file/index.ts'

/*
 * Stops where it hurts most: `version` or `present` (the condition of its write) while it holds the
 * lock of a record, after every check and before the rename; `lease` while it holds the lock of a
 * request. It goes on when the file `go` is there.
 */
const [dir = '', id = '', what = '', go = ''] = process.argv.slice(2)
const LATER = Date.now() + 3_600_000
const store = new FileStore({ dir, sweepInterval: false })

if (what !== 'lease') {
  const found = await store.get(id)
  const rename = fs.renameSync
  fs.renameSync = (from, to) => {
    fs.renameSync = rename
    writeFileSync(`${go}.reached`, '')
    // A synchronous wait: the whole process stands still, as when it is paused.
    while (!existsSync(go)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    rename(from, to)
  }
  process.send?.(
    await store.set(
      id,
      'from the paused',
      LATER,
      what === 'version' ? { version: found?.version ?? '' } : 'present',
    ),
  )
} else {
  const lock = await store.lock(id, { wait: 0, lease: 3_600_000 })
  process.send?.('held')
  process.on('message', async () => {
    process.send?.(await lock.renew())
    process.disconnect()
  })
}

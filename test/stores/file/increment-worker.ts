import { FileStore } from '../../../src/stores/file/index.ts'

/*
 * Adds one to a record, again and again, and tells after each time: `cas` by compare and set, `lock`
 * by a plain read and write under the lock of the request.
 */
const [dir = '', id = '', times = '', how = ''] = process.argv.slice(2)
const LATER = Date.now() + 3_600_000
const store = new FileStore({ dir, sweepInterval: false })

async function compareAndSet(): Promise<void> {
  for (;;) {
    const found = await store.get(id)
    if (found === undefined) throw new Error('The record is gone')
    const result = await store.set(id, `${Number(found.data) + 1}`, LATER, { version: found.version })
    if (result.ok) return
  }
}

async function underLock(): Promise<void> {
  const lock = await store.lock(id, { wait: 120_000, lease: 120_000 })
  const found = await store.get(id)
  await store.set(id, `${Number(found?.data) + 1}`, LATER, 'present')
  await lock.release()
}

for (let n = 0; n < Number(times); n += 1) {
  await (how === 'lock' ? underLock() : compareAndSet())
  process.send?.('added')
}
await store.close()

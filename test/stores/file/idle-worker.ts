import { FileStore } from '../../../src/stores/file/index.ts'

/* Uses a store, with its timer, and does not close it. */
const store = new FileStore({ dir: process.argv[2] ?? '', sweepInterval: '1h' })
await store.set('a', 'data', Date.now() + 3_600_000, 'absent')
await store.lock('a', { wait: 1_000, lease: 3_600_000 })
await store.sweep()

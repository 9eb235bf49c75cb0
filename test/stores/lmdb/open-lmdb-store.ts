import { open } from 'lmdb'
import { LmdbStore } from '../../../src/stores/lmdb/index.ts'

/** What the conformance suite calls in another process. */
export default (dir: string): LmdbStore => new LmdbStore({ open, dir, sweepInterval: false, timeout: '20s' })

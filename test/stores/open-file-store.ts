import { FileStore } from '../../src/stores/file/index.ts'

/** What the conformance suite calls in another process. */
export default (dir: string): FileStore => new FileStore({ dir })

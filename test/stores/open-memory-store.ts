import { MemoryStore } from '../../src/stores/memory.ts'

/** What the conformance suite calls in another process. */
export default (): MemoryStore => new MemoryStore()

import { MemoryStore } from '../../src/stores/memory.ts'
import type { Store } from '../../src/stores/store.ts'
import { remotelyBroken } from './broken/remotely.ts'
import { RemoteStore } from './remote-store.ts'

/** What the conformance suite calls in another process. */
export default ({ port, how }: { port: number; how?: keyof typeof remotelyBroken }): Store =>
  how === undefined ? new RemoteStore(port) : new remotelyBroken[how](port)

/** A store that no other process sees. */
export const alone = (): Store => new MemoryStore()

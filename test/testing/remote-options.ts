import type { ConformanceOptions } from '../../src/testing/index.ts'
import { Hub } from './hub.ts'
import { RemoteStore } from './remote-store.ts'
import type { remotelyBroken } from './broken/remotely.ts'

/** A fresh hub for each case. `how`: what is broken about the store in the other processes. */
export function remoteOptions(how?: keyof typeof remotelyBroken): ConformanceOptions<RemoteStore> {
  const hubs = new Map<number, Hub>()
  return {
    create: async (clock) => {
      const hub = new Hub(clock)
      const port = await hub.listen()
      hubs.set(port, hub)
      return new RemoteStore(port)
    },
    reopen: ({ port }) => new RemoteStore(port),
    dispose: ({ port }) => hubs.get(port)?.close(),
    processes: {
      module: new URL('open-remote-store.js', import.meta.url),
      argument: ({ port }) => ({ port, how }),
    },
  }
}

/** The same, where other processes have stores of their own. */
export const aloneOptions = (): ConformanceOptions<RemoteStore> => {
  const options = remoteOptions()
  return { ...options, processes: { ...options.processes!, export: 'alone' } }
}

import test from 'ava'
import { MemoryStore } from '../../src/stores/memory.ts'
import type { Store } from '../../src/stores/store.ts'
import { storeConformance } from '../../src/testing/index.ts'
import type { ConformanceOptions } from '../../src/testing/index.ts'

async function conforms<S extends Store>(store: string, options: ConformanceOptions<S>): Promise<void> {
  for (const { name, skip, run } of await storeConformance(options)) {
    if (skip === undefined) test(`${store}: ${name}`, (t) => t.notThrowsAsync(run))
    else test.skip(`${store}: ${name} (${skip})`, (t) => t.notThrowsAsync(run))
  }
}

await conforms('MemoryStore', {
  create: (clock) => new MemoryStore({ clock }),
  processes: { module: new URL('open-memory-store.js', import.meta.url) },
})

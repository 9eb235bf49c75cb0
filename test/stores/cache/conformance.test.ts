import { createCache } from 'cache-manager'
import { CacheStore } from '../../../src/stores/cache/index.ts'
import { storeConformance, type ConformanceCase, type Fault } from '../../../src/testing/index.ts'
import { declareConformance } from '../../helpers/conformance.ts'
import { BackEnd, CACHES } from './caches.ts'

const backEnds = new WeakMap<CacheStore, BackEnd>()

const down: Fault<CacheStore> = {
  name: 'the back end is down',
  expect: 'unavailable',
  break: (store) => void (backEnds.get(store)!.down = true),
  heal: (store) => void (backEnds.get(store)!.down = false),
}

const spoilt: Fault<CacheStore> = {
  name: 'another program has written there',
  expect: 'corrupt',
  async break(store, id) {
    const backEnd = backEnds.get(store)!
    const key = [...backEnd.keys()].find((one) => one.endsWith(`:${id}`))!
    backEnd.set(key, replaced(backEnd.get(key)))
  },
  heal() {},
}

/** Keyv 5 wraps the text once, Keyv 6 twice. */
function replaced(entry: unknown): unknown {
  if (typeof entry === 'object' && entry !== null && 'value' in entry)
    return { ...entry, value: replaced(entry.value) }
  return String(entry).startsWith('{') ? '{"value":{"user":"Ann"}}' : '{"user":"Ann"}'
}

function open(cache: (backEnd: BackEnd) => CacheStore): CacheStore {
  const backEnd = new BackEnd()
  const store = cache(backEnd)
  backEnds.set(store, backEnd)
  return store
}

const lists: Record<string, readonly ConformanceCase[]> = {
  'cache-manager 7 in memory': await storeConformance({
    create: () => new CacheStore({ cache: createCache() }),
    ownClock: true,
  }),
  'a Map and its clock': await storeConformance({
    create: (clock) => new CacheStore({ cache: new Map<string, string>(), clock }),
  }),
}
for (const [name, make] of Object.entries(CACHES)) {
  lists[name] = await storeConformance({
    create: () => open((backEnd) => new CacheStore({ cache: make(backEnd) })),
    ownClock: true,
    faults: [down, spoilt],
  })
  lists[`${name}, exclusive`] = await storeConformance({
    create: () => open((backEnd) => new CacheStore({ cache: make(backEnd), exclusive: true })),
    ownClock: true,
  })
}

for (const [cache, cases] of Object.entries(lists)) declareConformance(`CacheStore on ${cache}`, cases)

import { createCache } from 'cache-manager'
import { Keyv } from 'keyv'
import { Keyv as Keyv6 } from 'keyv6'
import type { Cache } from '../../../src/stores/cache/index.ts'

/** A back end that can be cut off. */
export class BackEnd extends Map<string, unknown> {
  down = false

  override get(key: string): unknown {
    this.#assertUp()
    return super.get(key)
  }

  override set(key: string, value: unknown): this {
    this.#assertUp()
    return super.set(key, value)
  }

  override delete(key: string): boolean {
    this.#assertUp()
    return super.delete(key)
  }

  #assertUp(): void {
    if (this.down) throw new Error('connect ECONNREFUSED')
  }
}

/** Hides what its back end throws, as caches do by default. */
const listening = <T extends { on(event: 'error', listener: () => void): unknown }>(cache: T): T => {
  cache.on('error', () => {})
  return cache
}

/** The caches that people use, each on a back end that can be cut off. */
export const CACHES: Readonly<Record<string, (store: BackEnd) => Cache>> = {
  'a Map': (store) => store,
  'Keyv 5': (store) => listening(new Keyv({ store })),
  'Keyv 5 that throws': (store) => listening(new Keyv({ store, throwOnErrors: true })),
  'Keyv 6': (store) => new Keyv6({ store }),
  'Keyv 6 that hides errors': (store) => listening(new Keyv6({ store })),
  'cache-manager 7': (store) => createCache({ stores: [listening(new Keyv({ store }))] }),
}

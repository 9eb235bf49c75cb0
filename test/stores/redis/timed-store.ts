import type { Capabilities, Condition, MaybePromise, SetResult, Store, Stored } from '../../../src/index.ts'

/** A store that knows how long its slowest operation took, in milliseconds. */
export class TimedStore implements Store {
  readonly capabilities: Capabilities
  readonly #store: Store
  slowest = 0

  constructor(store: Store) {
    this.capabilities = { ...store.capabilities, lock: false }
    this.#store = store
  }

  get(id: string): Promise<Stored | undefined> {
    return this.#time(this.#store.get(id))
  }

  set(id: string, data: string, expiresAt: number, when: Condition): Promise<SetResult> {
    return this.#time(this.#store.set(id, data, expiresAt, when))
  }

  touch(id: string, expiresAt: number, version: string): Promise<boolean> {
    return this.#time(this.#store.touch(id, expiresAt, version))
  }

  delete(id: string): Promise<boolean> {
    return this.#time(this.#store.delete(id))
  }

  async #time<T>(work: MaybePromise<T>): Promise<T> {
    const began = performance.now()
    try {
      return await work
    } finally {
      this.slowest = Math.max(this.slowest, Math.round(performance.now() - began))
    }
  }
}

import { MemoryStore } from '../../src/stores/memory.ts'
import type { MaybePromise } from '../../src/maybe-promise.ts'
import type { Capabilities, Condition, SetResult, Store, Stored } from '../../src/stores/store.ts'

type Operation = 'get' | 'set' | 'touch' | 'delete'

/** A store in memory that counts what it is asked, and that fails or waits when it is told to. */
export class WatchedStore implements Store {
  readonly capabilities: Capabilities
  readonly inner: MemoryStore = new MemoryStore()
  /** The operations in their order. */
  readonly calls: Operation[] = []
  /** What an operation throws, whatever it is; the record stays as it was. */
  readonly failing: Map<Operation, unknown> = new Map<Operation, unknown>()
  /** What an operation waits for before it begins. */
  readonly waiting: Map<Operation, () => Promise<unknown>> = new Map<Operation, () => Promise<unknown>>()

  constructor() {
    this.capabilities = { ...this.inner.capabilities, lock: false }
  }

  /** The operations that write. */
  get writes(): Operation[] {
    return this.calls.filter((call) => call !== 'get')
  }

  /** Forgets what was counted. */
  forget(): void {
    this.calls.length = 0
  }

  get(id: string): MaybePromise<Stored | undefined> {
    return this.#run('get', () => this.inner.get(id))
  }

  set(id: string, data: string, expiresAt: number, when: Condition): MaybePromise<SetResult> {
    return this.#run('set', () => this.inner.set(id, data, expiresAt, when))
  }

  touch(id: string, expiresAt: number, version: string): MaybePromise<boolean> {
    return this.#run('touch', () => this.inner.touch(id, expiresAt, version))
  }

  delete(id: string): MaybePromise<boolean> {
    return this.#run('delete', () => this.inner.delete(id))
  }

  #run<T>(operation: Operation, act: () => MaybePromise<T>): MaybePromise<T> {
    this.calls.push(operation)
    if (this.failing.has(operation)) throw this.failing.get(operation)
    const wait = this.waiting.get(operation)
    return wait ? wait().then(act) : act()
  }
}

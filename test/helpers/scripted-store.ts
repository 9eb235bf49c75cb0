import type {
  Capabilities,
  Condition,
  Lock,
  LockOptions,
  MaybePromise,
  SetResult,
  Store,
  Stored,
} from '../../src/index.ts'

/** What is asked of the store. */
export interface Call {
  readonly operation: 'get' | 'set' | 'touch' | 'delete' | 'lock'
  readonly id: string
  /** What `set` is to write. */
  readonly data?: string
  readonly when?: Condition
}

type Script = (call: Call) => unknown

/** A store that runs a script before and after each call; what a script throws is what the store throws. */
export class ScriptedStore implements Store {
  readonly capabilities: Capabilities
  readonly inner: Store
  before: Script = () => undefined
  after: Script = () => undefined

  constructor(inner: Store, capabilities: Partial<Capabilities> = {}) {
    this.inner = inner
    this.capabilities = { ...inner.capabilities, ...capabilities }
  }

  get(id: string): Promise<Stored | undefined> {
    return this.#play({ operation: 'get', id }, () => this.inner.get(id))
  }

  set(id: string, data: string, expiresAt: number, when: Condition): Promise<SetResult> {
    return this.#play({ operation: 'set', id, data, when }, () => this.inner.set(id, data, expiresAt, when))
  }

  touch(id: string, expiresAt: number, version: string): Promise<boolean> {
    return this.#play({ operation: 'touch', id }, () => this.inner.touch(id, expiresAt, version))
  }

  delete(id: string): Promise<boolean> {
    return this.#play({ operation: 'delete', id }, () => this.inner.delete(id))
  }

  lock(id: string, options: LockOptions): Promise<Lock> {
    return this.#play({ operation: 'lock', id }, () => this.inner.lock!(id, options))
  }

  async #play<T>(call: Call, act: () => MaybePromise<T>): Promise<T> {
    await this.before(call)
    const result = await act()
    await this.after(call)
    return result
  }
}

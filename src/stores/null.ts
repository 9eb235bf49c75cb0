import { StoreUnavailableError } from '../errors.ts'
import type { Capabilities, Condition, SetResult, Store, Stored } from './store.ts'

/**
 * Keeps nothing: every record is gone the moment it has been written, so every request begins without
 * a session. For tests, and to switch sessions off without touching the application.
 *
 * `NullStore` claims `atomic`, because no writer can overwrite a record where there are no records. `NullStore` has no
 * `lock`, since there is nothing to guard, and no `sweep`.
 */
export class NullStore implements Store {
  readonly capabilities: Capabilities = {
    atomic: true,
    shared: false,
    durable: false,
    expires: true,
    lock: false,
  }

  #lastVersion = 0
  #closed = false

  /** @throws {StoreUnavailableError} after `close`, as do all the others */
  get(_id: string): Stored | undefined {
    this.#assertOpen()
    return undefined
  }

  /** Succeeds where no record is expected, fails where one is. */
  set(_id: string, _data: string, _expiresAt: number, when: Condition): SetResult {
    this.#assertOpen()
    if (when !== 'absent') return { ok: false, current: undefined }
    this.#lastVersion += 1
    return { ok: true, version: String(this.#lastVersion) }
  }

  touch(_id: string, _expiresAt: number, _version: string): boolean {
    this.#assertOpen()
    return false
  }

  delete(_id: string): boolean {
    this.#assertOpen()
    return false
  }

  close(): void {
    this.#closed = true
  }

  #assertOpen(): void {
    if (this.#closed) throw new StoreUnavailableError('The null store is closed.', { outcome: 'none' })
  }
}

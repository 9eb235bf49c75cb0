import type { CorruptRecordError, StoreUnavailableError } from '../errors.ts'
import { isPromise, type MaybePromise } from '../maybe-promise.ts'
import type { Condition, SetResult, Store, Stored } from '../stores/store.ts'
import { checkGet, checkSet, checkTouch } from './answers.ts'
import { failed, type Operation, tooLate } from './failures.ts'
import { type Patience, STORE_TIMEOUT } from './patience.ts'
import type { SharedStore } from './shared-store.ts'

/**
 * What one request asks of a store. Each failure is typed, whatever the store throws, and each answer is what the
 * contract says. That a record is corrupt is an answer too: there is none.
 */
export class StoreCalls {
  readonly shared: SharedStore
  readonly #store: Store
  readonly patience: Patience | undefined
  /** What timed out is not tried again, nor does the request wait once more for a store that is down. */
  #tooLate: StoreUnavailableError | undefined

  constructor(shared: SharedStore, storeTimeout: number | false = STORE_TIMEOUT) {
    this.shared = shared
    this.#store = shared.store
    this.patience = shared.patience(storeTimeout)
  }

  get(id: string): MaybePromise<Stored | undefined | CorruptRecordError> {
    try {
      this.#mayAsk()
      return this.#hear('get', this.#store.get(id), checkGet)
    } catch (error) {
      return failed('get', error)
    }
  }

  set(
    id: string,
    data: string,
    expiresAt: number,
    when: Condition,
  ): MaybePromise<SetResult | CorruptRecordError> {
    try {
      this.#mayAsk()
      return this.#hear('set', this.#store.set(id, data, expiresAt, when), checkSet)
    } catch (error) {
      return failed('set', error)
    }
  }

  touch(id: string, expiresAt: number, version: string): MaybePromise<boolean | CorruptRecordError> {
    try {
      this.#mayAsk()
      return this.#hear('touch', this.#store.touch(id, expiresAt, version), checkTouch)
    } catch (error) {
      return failed('touch', error)
    }
  }

  delete(id: string): MaybePromise<boolean | CorruptRecordError> {
    try {
      this.#mayAsk()
      return this.#hear('delete', this.#store.delete(id), Boolean)
    } catch (error) {
      return failed('delete', error)
    }
  }

  /** Another piece of work begins, and the store may have recovered. */
  askAgain(): void {
    this.#tooLate = undefined
  }

  #mayAsk(): void {
    if (this.#tooLate) throw this.#tooLate
  }

  #hear<T>(
    operation: Operation,
    answer: MaybePromise<unknown>,
    check: (answer: unknown) => T,
  ): MaybePromise<T | CorruptRecordError> {
    if (!isPromise(answer)) return check(answer)
    const heard = this.patience?.wait(answer, () => (this.#tooLate = tooLate(operation))) ?? answer
    // A store may answer with a thenable of its own.
    return Promise.resolve(heard).then(check, (error: unknown) => failed(operation, error))
  }
}

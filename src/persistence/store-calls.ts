import { CorruptRecordError, SessionError, StoreUnavailableError } from '../errors.ts'
import { isPromise, type MaybePromise } from '../maybe-promise.ts'
import type { Condition, SetResult, Store, Stored } from '../stores/store.ts'
import { checkGet, checkSet, checkTouch } from './answers.ts'
import { type Patience, patienceOf } from './patience.ts'

/** What is asked of a store. */
type Operation = 'delete' | 'get' | 'lock' | 'set' | 'touch'

/**
 * What one request asks of a store. Each failure is typed, whatever the store throws, and each answer is what the
 * contract says. That a record is corrupt is an answer too: there is none.
 */
export class StoreCalls {
  readonly store: Store
  readonly patience: Patience | undefined
  /** What timed out is not tried again, nor does the request wait once more for a store that is down. */
  #tooLate: StoreUnavailableError | undefined

  constructor(store: Store, storeTimeout?: number | false) {
    this.store = store
    this.patience = patienceOf(storeTimeout)
  }

  get(id: string): MaybePromise<Stored | undefined | CorruptRecordError> {
    try {
      return this.#hear('get', this.#asked.get(id), checkGet)
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
      return this.#hear('set', this.#asked.set(id, data, expiresAt, when), checkSet)
    } catch (error) {
      return failed('set', error)
    }
  }

  touch(id: string, expiresAt: number, version: string): MaybePromise<boolean | CorruptRecordError> {
    try {
      return this.#hear('touch', this.#asked.touch(id, expiresAt, version), checkTouch)
    } catch (error) {
      return failed('touch', error)
    }
  }

  delete(id: string): MaybePromise<boolean | CorruptRecordError> {
    try {
      return this.#hear('delete', this.#asked.delete(id), Boolean)
    } catch (error) {
      return failed('delete', error)
    }
  }

  /** Another piece of work begins, and the store may have recovered. */
  askAgain(): void {
    this.#tooLate = undefined
  }

  get #asked(): Store {
    if (this.#tooLate) throw this.#tooLate
    return this.store
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

/** @throws SessionError for any failure but a corrupt record. */
function failed(operation: Operation, error: unknown): CorruptRecordError {
  if (error instanceof CorruptRecordError) return error
  throw typed(operation, error)
}

export function typed(operation: Operation, cause: unknown): SessionError {
  if (cause instanceof SessionError) return cause
  const message = `The session store failed in ${operation}.`
  return new StoreUnavailableError(message, { outcome: outcomeOf(operation), cause })
}

function tooLate(operation: Operation): StoreUnavailableError {
  const message = `The session store has not answered ${operation} in time (option storeTimeout).`
  return new StoreUnavailableError(message, { outcome: outcomeOf(operation) })
}

/** An operation that writes may have taken place although it failed. */
const outcomeOf = (operation: Operation): 'none' | 'unknown' =>
  operation === 'get' || operation === 'lock' ? 'none' : 'unknown'

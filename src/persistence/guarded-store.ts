import { SessionError, StoreUnavailableError } from '../errors.ts'
import { isPromise, type MaybePromise } from '../maybe-promise.ts'
import type { Condition, Lock, LockOptions, SetResult, Store, Stored } from '../stores/store.ts'
import { Turns } from '../turns.ts'
import { type Asker, Patience } from './patience.ts'
import { SessionLocks } from './session-lock.ts'

/** How long an `update()` is waited for before the next one of its session begins, in milliseconds. Then
 * compare-and-set decides. */
const LONGEST_TURN = 1000

/** A store whose every failure is typed, whatever the store throws, and that answers in time or has failed. */
export class GuardedStore {
  readonly #store: Store
  readonly #patience = new Map<number, Patience>()
  readonly capabilities: Store['capabilities']

  /** Keeps requests of one session in this process from contending with each other. */
  readonly turns: Turns = new Turns(LONGEST_TURN)
  /** Who has which session to himself. */
  readonly locks: SessionLocks = new SessionLocks((id, options) => this.#lock(id, options))

  constructor(store: Store) {
    this.#store = store
    this.capabilities = store.capabilities
  }

  /** Shared by all who wait equally long for this store. */
  patience(timeout: number | false): Patience | undefined {
    if (timeout === false) return undefined
    let patience = this.#patience.get(timeout)
    if (!patience) this.#patience.set(timeout, (patience = new Patience(timeout)))
    return patience
  }

  get(id: string, asker: Asker): MaybePromise<Stored | undefined> {
    return guard('get', 'none', () => this.#store.get(id), asker)
  }

  set(id: string, data: string, expiresAt: number, when: Condition, asker: Asker): MaybePromise<SetResult> {
    return guard('set', 'unknown', () => this.#store.set(id, data, expiresAt, when), asker)
  }

  touch(id: string, expiresAt: number, version: string, asker: Asker): MaybePromise<boolean> {
    return guard('touch', 'unknown', () => this.#store.touch(id, expiresAt, version), asker)
  }

  delete(id: string, asker: Asker): MaybePromise<boolean> {
    return guard('delete', 'unknown', () => this.#store.delete(id), asker)
  }

  #lock(id: string, options: LockOptions): MaybePromise<Lock> {
    return guard('lock', 'none', () => this.#store.lock!(id, options))
  }
}

function guard<T>(
  operation: string,
  outcome: 'none' | 'unknown',
  act: () => MaybePromise<T>,
  asker?: Asker,
): MaybePromise<T> {
  // What timed out is not tried again, nor does the request wait once more for a store that is down.
  if (asker?.tooLate) throw asker.tooLate
  try {
    const result = act()
    if (!isPromise(result)) return result
    const answer = asker?.patience
      ? asker.patience.wait(result, () => (asker.tooLate = timedOut(operation, outcome)))
      : Promise.resolve(result)
    return answer.catch((error: unknown) => fail(operation, outcome, error))
  } catch (error) {
    return fail(operation, outcome, error)
  }
}

function fail(operation: string, outcome: 'none' | 'unknown', error: unknown): never {
  if (error instanceof SessionError) throw error
  throw new StoreUnavailableError(`The session store failed in ${operation}.`, { outcome, cause: error })
}

function timedOut(operation: string, outcome: 'none' | 'unknown'): StoreUnavailableError {
  return new StoreUnavailableError(
    `The session store has not answered ${operation} in time (option storeTimeout).`,
    { outcome },
  )
}

const guarded = new WeakMap<Store, GuardedStore>()

/** One for each store, so that everybody who shares a store shares its turns. */
export function guardedStore(store: Store): GuardedStore {
  let guard = guarded.get(store)
  if (!guard) guarded.set(store, (guard = new GuardedStore(store)))
  return guard
}

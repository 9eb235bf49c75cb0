import { SessionError, StoreUnavailableError } from '../errors.ts'
import { chain, isPromise, type MaybePromise } from '../maybe-promise.ts'
import { checkStore } from '../stores/check.ts'
import type { Condition, Lock, LockOptions, SetResult, Store, Stored } from '../stores/store.ts'
import { Turns } from '../turns.ts'
import { checkGet, checkLock, checkSet, checkTouch } from './answers.ts'
import { SessionLocks } from './session-lock.ts'

/** A store whose every failure is typed, whatever the store throws. */
export class GuardedStore {
  readonly #store: Store
  readonly capabilities: Store['capabilities']

  /** Keeps requests of one session in this process from contending with each other. */
  readonly turns: Turns = new Turns()
  /** Who has which session to himself. */
  readonly locks: SessionLocks = new SessionLocks((id, options) => this.#lock(id, options))

  constructor(store: Store) {
    this.#store = store
    this.capabilities = store.capabilities
  }

  get(id: string): MaybePromise<Stored | undefined> {
    return chain(
      guard('get', 'none', () => this.#store.get(id)),
      checkGet,
    )
  }

  set(id: string, data: string, expiresAt: number, when: Condition): MaybePromise<SetResult> {
    return chain(
      guard('set', 'unknown', () => this.#store.set(id, data, expiresAt, when)),
      checkSet,
    )
  }

  touch(id: string, expiresAt: number, version: string): MaybePromise<boolean> {
    return chain(
      guard('touch', 'unknown', () => this.#store.touch(id, expiresAt, version)),
      checkTouch,
    )
  }

  delete(id: string): MaybePromise<boolean> {
    return guard('delete', 'unknown', () => this.#store.delete(id))
  }

  #lock(id: string, options: LockOptions): MaybePromise<Lock> {
    return chain(
      guard('lock', 'none', () => this.#store.lock!(id, options)),
      checkLock,
    )
  }
}

function guard<T>(
  operation: string,
  outcome: 'none' | 'unknown',
  act: () => MaybePromise<T>,
): MaybePromise<T> {
  try {
    const result = act()
    return isPromise(result)
      ? Promise.resolve(result).catch((error: unknown) => fail(operation, outcome, error))
      : result
  } catch (error) {
    return fail(operation, outcome, error)
  }
}

function fail(operation: string, outcome: 'none' | 'unknown', error: unknown): never {
  if (error instanceof SessionError) throw error
  throw new StoreUnavailableError(`The session store failed in ${operation}.`, { outcome, cause: error })
}

const guarded = new WeakMap<Store, GuardedStore>()

/** One for each store, so that everybody who shares a store shares its turns. */
export function guardedStore(store: Store): GuardedStore {
  let guard = guarded.get(store)
  if (!guard) {
    checkStore(store)
    guarded.set(store, (guard = new GuardedStore(store)))
  }
  return guard
}

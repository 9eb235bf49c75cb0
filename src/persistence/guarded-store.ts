import { SessionError, StoreUnavailableError } from '../errors.ts'
import { attempt, type MaybePromise } from '../maybe-promise.ts'
import type { Condition, SetResult, Store, Stored } from '../stores/store.ts'
import { Turns } from '../turns.ts'
import { SessionLocks } from './session-lock.ts'

/** A store whose every failure is typed, whatever the store throws. */
export class GuardedStore {
  readonly #store: Store
  readonly capabilities: Store['capabilities']

  /** Keeps requests of one session in this process from contending with each other. */
  readonly turns: Turns = new Turns()
  /** Who has which session to himself. */
  readonly locks: SessionLocks = new SessionLocks((id, options) =>
    guard('lock', 'none', () => this.#store.lock!(id, options)),
  )

  constructor(store: Store) {
    this.#store = store
    this.capabilities = store.capabilities
  }

  get(id: string): MaybePromise<Stored | undefined> {
    return guard('get', 'none', () => this.#store.get(id))
  }

  set(id: string, data: string, expiresAt: number, when: Condition): MaybePromise<SetResult> {
    return guard('set', 'unknown', () => this.#store.set(id, data, expiresAt, when))
  }

  touch(id: string, expiresAt: number, version: string): MaybePromise<boolean> {
    return guard('touch', 'unknown', () => this.#store.touch(id, expiresAt, version))
  }

  delete(id: string): MaybePromise<boolean> {
    return guard('delete', 'unknown', () => this.#store.delete(id))
  }
}

function guard<T>(
  operation: string,
  outcome: 'none' | 'unknown',
  act: () => MaybePromise<T>,
): MaybePromise<T> {
  return attempt(
    act,
    (value) => value,
    (error) => {
      if (error instanceof SessionError) throw error
      throw new StoreUnavailableError(`The session store failed in ${operation}.`, { outcome, cause: error })
    },
  )
}

const guarded = new WeakMap<Store, GuardedStore>()

/** One for each store, so that everybody who shares a store shares its turns. */
export function guardedStore(store: Store): GuardedStore {
  let guard = guarded.get(store)
  if (!guard) guarded.set(store, (guard = new GuardedStore(store)))
  return guard
}

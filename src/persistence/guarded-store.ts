import { SessionError, StoreUnavailableError } from '../errors.ts'
import { attempt, type MaybePromise } from '../maybe-promise.ts'
import type { Store } from '../stores/store.ts'
import { Turns } from '../turns.ts'
import { SessionLocks } from './session-lock.ts'

/** A store, with what keeps the requests of this process apart. Its every failure is typed, whatever it throws. */
export class GuardedStore {
  readonly store: Store
  /** Keeps requests of one session in this process from contending with each other. */
  readonly turns: Turns = new Turns()
  /** Who has which session to himself. */
  readonly locks: SessionLocks

  constructor(store: Store) {
    this.store = store
    this.locks = new SessionLocks((id, options) => guard('lock', () => store.lock!(id, options)))
  }
}

/** What the store answers. An operation that writes may have taken place although it failed. */
export function guard<T>(
  operation: 'delete' | 'get' | 'lock' | 'set' | 'touch',
  act: () => MaybePromise<T>,
): MaybePromise<T> {
  return attempt(
    act,
    (value) => value,
    (error) => {
      if (error instanceof SessionError) throw error
      const outcome = operation === 'get' || operation === 'lock' ? 'none' : 'unknown'
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

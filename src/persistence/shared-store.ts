import { checkStore } from '../stores/check.ts'
import type { Store } from '../stores/store.ts'
import { Turns } from '../turns.ts'
import { SessionLocks } from './session-lock.ts'

/** How long one request of this process waits for another one of its session, in milliseconds. Then compare-and-set decides. */
export const LONGEST_TURN = 1000

/** A store, and what all requests of this process share that use it. */
export interface SharedStore {
  readonly store: Store
  /** Keeps updates of one session from contending with each other. */
  readonly turns: Turns
  /** Who has which session to himself. */
  readonly locks: SessionLocks
}

const shared = new WeakMap<Store, SharedStore>()

/** One for each store, which is checked when it is first seen. @throws SessionConfigError */
export function sharedStore(store: Store): SharedStore {
  let found = shared.get(store)
  if (!found) {
    checkStore(store)
    found = { store, turns: new Turns(LONGEST_TURN), locks: new SessionLocks(store) }
    shared.set(store, found)
  }
  return found
}

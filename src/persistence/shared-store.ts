import type { Store } from '../stores/store.ts'
import { Turns } from '../turns.ts'
import { SessionLocks } from './session-lock.ts'

/**
 * How long an `update()` is waited for before the next one of its session begins, in milliseconds. Then
 * compare-and-set decides.
 */
const LONGEST_TURN = 1000

/** What all requests of this process share that use the same store. */
export interface SharedStore {
  /** Keeps updates of one session from contending with each other. */
  readonly turns: Turns
  /** Who has which session to himself. */
  readonly locks: SessionLocks
}

const shared = new WeakMap<Store, SharedStore>()

/** One for each store. */
export function sharedStore(store: Store): SharedStore {
  let found = shared.get(store)
  if (!found) shared.set(store, (found = { turns: new Turns(LONGEST_TURN), locks: new SessionLocks(store) }))
  return found
}

import { isPromise, type MaybePromise } from '../maybe-promise.ts'
import { checkStore } from '../stores/check.ts'
import type { Lock, LockOptions, Store } from '../stores/store.ts'
import { Turns } from '../turns.ts'
import { checkLock } from './answers.ts'
import { typed } from './failures.ts'
import { Patience } from './patience.ts'
import { SessionLocks } from './session-lock.ts'

/**
 * How long an `update()` is waited for before the next one of its session begins, in milliseconds. Then
 * compare-and-set decides.
 */
const LONGEST_TURN = 1000

/** A store, and what all requests of this process share that use it. */
export class SharedStore {
  readonly store: Store
  readonly #patience = new Map<number, Patience>()
  #turns: Turns | undefined
  #locks: SessionLocks | undefined

  constructor(store: Store) {
    this.store = store
  }

  /** Keeps updates of one session in this process from contending with each other. */
  get turns(): Turns {
    return (this.#turns ??= new Turns(LONGEST_TURN))
  }

  /** Who has which session to himself. */
  get locks(): SessionLocks {
    return (this.#locks ??= new SessionLocks((id, options) => lockIn(this.store, id, options)))
  }

  /** Shared by all who wait equally long for this store. */
  patience(timeout: number | false): Patience | undefined {
    if (timeout === false) return undefined
    let patience = this.#patience.get(timeout)
    if (!patience) this.#patience.set(timeout, (patience = new Patience(timeout)))
    return patience
  }
}

const shared = new WeakMap<Store, SharedStore>()

/** One for each store. */
export function sharedStore(store: Store): SharedStore {
  let found = shared.get(store)
  if (!found) {
    checkStore(store)
    shared.set(store, (found = new SharedStore(store)))
  }
  return found
}

/** Takes a lock. How long that may take the caller says, and the store sees to. */
function lockIn(store: Store, id: string, options: LockOptions): MaybePromise<Lock> {
  const refuse = (error: unknown): never => {
    throw typed('lock', error)
  }
  try {
    const answer = store.lock!(id, options)
    return isPromise(answer) ? Promise.resolve(answer).then(checkLock, refuse) : checkLock(answer)
  } catch (error) {
    return refuse(error)
  }
}

import { SessionError, StoreUnavailableError } from '../errors.ts'
import { isPromise, type MaybePromise } from '../maybe-promise.ts'
import { checkStore } from '../stores/check.ts'
import type { Store } from '../stores/store.ts'
import { Turns } from '../turns.ts'
import { checkLock } from './answers.ts'
import { type Asker, Patience } from './patience.ts'
import { SessionLocks } from './session-lock.ts'

/**
 * How long an `update()` is waited for before the next one of its session begins, in milliseconds. Then
 * compare-and-set decides.
 */
const LONGEST_TURN = 1000

/** A store, with what keeps the requests of this process apart. Its every failure is typed, whatever it throws. */
export class GuardedStore {
  readonly store: Store
  readonly #patience = new Map<number, Patience>()
  /** Keeps requests of one session in this process from contending with each other. */
  readonly turns: Turns = new Turns(LONGEST_TURN)
  /** Who has which session to himself. */
  readonly locks: SessionLocks

  constructor(store: Store) {
    this.store = store
    this.locks = new SessionLocks((id, options) =>
      guard('lock', undefined, () => store.lock!(id, options), checkLock),
    )
  }

  /** Shared by all who wait equally long for this store. */
  patience(timeout: number | false): Patience | undefined {
    if (timeout === false) return undefined
    let patience = this.#patience.get(timeout)
    if (!patience) this.#patience.set(timeout, (patience = new Patience(timeout)))
    return patience
  }
}

type Operation = 'delete' | 'get' | 'lock' | 'set' | 'touch'

/**
 * Goes on with what the store answers, or with its error: at once, or when its promise is settled. An operation that
 * writes may have taken place although it failed.
 */
export function guard<T, Next>(
  operation: Operation,
  asker: Asker | undefined,
  act: () => MaybePromise<T>,
  next: (answer: T) => MaybePromise<Next>,
  fail: (error: unknown) => Next = raise,
): MaybePromise<Next> {
  let answer: MaybePromise<T>
  try {
    // What timed out is not tried again, nor does the request wait once more for a store that is down.
    if (asker?.tooLate) throw asker.tooLate
    answer = act()
  } catch (error) {
    return fail(failure(operation, error))
  }
  // oxlint-disable-next-line promise/no-callback-in-promise -- `next` is what comes next, not a callback
  if (!isPromise(answer)) return next(answer)
  const tooLate = (): Error => {
    const message = `The session store has not answered ${operation} in time (option storeTimeout).`
    return (asker!.tooLate = new StoreUnavailableError(message, { outcome: outcomeOf(operation) }))
  }
  // A store may answer with a thenable of its own.
  const waiting = asker?.patience ? asker.patience.wait(answer, tooLate) : Promise.resolve(answer)
  // oxlint-disable-next-line promise/no-callback-in-promise -- `next` is what comes next, not a callback
  return waiting.then(next, (error: unknown) => fail(failure(operation, error)))
}

function raise(error: unknown): never {
  throw error
}

function failure(operation: Operation, cause: unknown): SessionError {
  if (cause instanceof SessionError) return cause
  const message = `The session store failed in ${operation}.`
  return new StoreUnavailableError(message, { outcome: outcomeOf(operation), cause })
}

const outcomeOf = (operation: Operation): 'none' | 'unknown' =>
  operation === 'get' || operation === 'lock' ? 'none' : 'unknown'

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

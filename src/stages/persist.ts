import type { Duration } from '../checks/duration.ts'
import { StoreUnavailableError } from '../errors.ts'
import { reportError } from '../events.ts'
import { isFailure } from '../http/failure.ts'
import { storeTimeoutOf } from '../persistence/patience.ts'
import { SEALED, isSealed } from '../persistence/sealed-records.ts'
import { type Stage, stage } from '../pipeline/stage.ts'
import { type Concurrency, planConcurrency } from '../session/concurrency.ts'
import { refuseSession } from '../session/stage-functions.ts'
import { UnitOfWork } from '../session/unit-of-work.ts'
import type { SealedStoreContract, Store } from '../stores/store.ts'

/** What `persist` needs. */
export interface PersistOptions {
  readonly store: Store | SealedStoreContract
  /** Default `'merge'` where the store writes atomically, else `'last-write'`. */
  readonly concurrency?: Concurrency | undefined
  /** Save changed data of a request that fails, too. Default false: half-done changes must not become state. */
  readonly saveOnError?: boolean | undefined
  /** What a store that fails to load means. Default `'throw'`: 503. */
  readonly onStoreError?: 'throw' | 'anonymous' | undefined
  /** How long the store may take for one answer; then it has failed. `false`: as long as it likes. Default `'10s'`. */
  readonly storeTimeout?: Duration | false | undefined
}

/** In: loads the record. Out: creates, updates, touches or ends it. The one built-in stage that may have to wait. */
export function persist(options: PersistOptions): Stage<'persist'> {
  const { store, saveOnError = false, onStoreError = 'throw' } = options
  const plan = planConcurrency(options.concurrency, isSealed(store) ? SEALED : store.capabilities)
  const timeout = storeTimeoutOf(options.storeTimeout)
  return stage('persist', function* (ctx, session) {
    const work = new UnitOfWork(ctx, session, store, plan, timeout)
    try {
      const loading = work.load()
      if (loading) yield loading
    } catch (error) {
      if (onStoreError === 'throw' || !(error instanceof StoreUnavailableError)) throw error
      reportError(ctx, error)
      refuseSession(session)
    }
    let thrown: { readonly error: unknown } | undefined
    try {
      yield
    } catch (error) {
      thrown = { error }
    }
    try {
      const committing = work.commit(!saveOnError && isFailure(ctx, thrown), thrown?.error)
      if (committing) yield committing
    } catch (error) {
      if (!thrown) throw error
      // The handler's error is the one that is answered; a second one is only reported.
      reportError(ctx, error)
    } finally {
      if (work.locked) yield work.release()
    }
    if (thrown) throw thrown.error
  })
}

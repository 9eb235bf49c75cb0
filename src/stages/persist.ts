import { isFailure } from '../http/failure.ts'
import { reportError } from '../events.ts'
import { StoreUnavailableError } from '../errors.ts'
import { planConcurrency, type Concurrency } from '../concurrency/options.ts'
import { GuardedStore, guardedStore } from '../persistence/guarded-store.ts'
import { isSealed, SEALED, SealedRecords } from '../persistence/sealed-records.ts'
import { UnitOfWork } from '../persistence/unit-of-work.ts'
import { type Stage, stage } from '../pipeline/stage.ts'
import type { Session } from '../session.ts'
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
}

/** In: loads the record. Out: creates, updates, touches or ends it. The one stage that waits. */
export function persist(options: PersistOptions): Stage<'persist'> {
  const { saveOnError = false, onStoreError = 'throw' } = options
  const { store } = options
  const plan = planConcurrency(options.concurrency, isSealed(store) ? SEALED : store.capabilities)
  const recordsOf = (session: Session): GuardedStore => {
    if (!isSealed(store)) return guardedStore(store)
    const records = new SealedRecords(store, session)
    session.credential.sealWith((token) => records.idOf(token))
    return new GuardedStore(records)
  }
  return stage('persist', async function* (ctx, session) {
    const unit = new UnitOfWork(ctx, session, recordsOf(session), plan)
    session.persistWith(unit)
    if (session.candidates.length > 0) {
      try {
        await unit.load()
      } catch (error) {
        if (onStoreError === 'throw' || !(error instanceof StoreUnavailableError)) throw error
        reportError(ctx, error)
        session.refuse()
      }
    }
    session.load()
    try {
      try {
        yield
      } catch (error) {
        // The handler's error is the one that is answered; a second one is only reported.
        await unit
          .commit(!saveOnError && isFailure(ctx, { error }))
          ?.catch((second: unknown) => reportError(ctx, second))
        throw error
      }
      const committed = unit.commit(!saveOnError && isFailure(ctx))
      if (committed) await committed
    } finally {
      if (unit.locked) await unit.release()
    }
  })
}

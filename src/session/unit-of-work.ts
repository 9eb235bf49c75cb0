import type { Context } from 'koa'
import { hasChanges } from '../draft/draft.ts'
import { reportError } from '../events.ts'
import { answerBegun, headersLeft, whenClosed } from '../http/response.ts'
import { isPromise, type MaybePromise } from '../maybe-promise.ts'
import { Records } from '../persistence/records.ts'
import { isSealed, SealedRecords } from '../persistence/sealed-records.ts'
import type { SessionLock } from '../persistence/session-lock.ts'
import { sharedStore } from '../persistence/shared-store.ts'
import { StoreCalls } from '../persistence/store-calls.ts'
import type { SealedStoreContract, Store } from '../stores/store.ts'
import type { ConcurrencyPlan } from './concurrency.ts'
import type { Life, Persisted } from './life.ts'
import { datedAfter, deadlineOf } from './extension.ts'
import { discard } from './moving.ts'
import { headersSent } from './refusals.ts'
import { lifeOf, type Session } from './session.ts'
import { carryOut } from './settling.ts'
import { load } from './transitions.ts'
import { write } from './writing.ts'

/** What one request does to the store: it loads at most once, and commits what has changed. */
export class UnitOfWork {
  readonly #life: Persisted

  /** Gives the session the verbs that need a store. `storeTimeout`: how long the store may take for one answer. */
  constructor(
    _ctx: Context,
    session: Session,
    store: Store | SealedStoreContract,
    plan: ConcurrencyPlan,
    storeTimeout?: number | false,
  ) {
    const life = lifeOf(session)
    const place = isSealed(store) ? inToken(store, life) : sharedStore(store).store
    life.records = new Records(new StoreCalls(place, storeTimeout), life.settings)
    life.plan = plan
    if (life.outside && plan.mode === 'lock') {
      life.plan = { ...plan, mode: 'merge' }
      life.verbLock = plan
    }
    this.#life = life as Persisted
  }

  /** Opens the session: with the first token that has a live record, or as a new one. */
  load(): MaybePromise<void> {
    return load(this.#life)
  }

  /** Stores what there is to store; `undefined` when there is nothing to wait for. */
  commit(failed: boolean, thrown?: unknown): MaybePromise<void> {
    const life = this.#life
    if (life.phase !== 'open') return undefined
    life.thrown = thrown
    if (life.untouched) return life.close(true)
    return life.busy || life.lateStore ? commitInOrder(life, failed) : commitNow(life, failed)
  }

  /** The session is held until `release`. */
  get locked(): boolean {
    return this.#life.records.lock !== undefined
  }

  /** Lets the next request have the session. */
  async release(): Promise<void> {
    await this.#life.records.lock?.release()
  }
}

/** After the verbs, and what they have left to be done. */
async function commitInOrder(life: Persisted, failed: boolean): Promise<void> {
  await settleAll(life)
  if (!life.lateStore || failed) return commitNow(life, failed)
  // The client is told now of what is stored only when the answer has been sent.
  const { draft, record, records, now } = life
  const changes = life.noStore ? undefined : draft.changes()
  if (changes && hasChanges(changes))
    life.promisedUntil = datedAfter(life, draft, changes, now, record).expiresAt
  else if (record) life.promisedUntil = deadlineOf(life, record, now)
  const { lock } = records
  records.lock = undefined
  whenClosed(life.ctx, () => void storeLate(life, lock))
}

async function storeLate(life: Persisted, lock: SessionLock | undefined): Promise<void> {
  try {
    await settleAll(life)
    await commitNow(life, false)
  } catch (error) {
    reportError(life.ctx, error)
  } finally {
    await lock?.release()
  }
}

async function settleAll(life: Persisted): Promise<void> {
  try {
    await life.queue.settled()
    await carryOut(life)
  } catch (error) {
    for (const intention of life.intentions) await discard(life, intention)
    throw error
  }
}

function commitNow(life: Persisted, failed: boolean): MaybePromise<void> {
  const save = !failed && !life.noStore
  try {
    const writing = write(life, save ? life.draft.changes() : undefined)
    if (!isPromise(writing)) return life.close(save && writing)
    return writing.then((saved) => life.close(save && saved)).catch((error: unknown) => fail(life, error))
  } catch (error) {
    fail(life, error)
  }
}

/** When nobody can be answered any more, nothing is lost in silence all the same. */
function fail(life: Life, error: unknown): void {
  if (!answerBegun(life.ctx)) throw error
  reportError(life.ctx, error)
  life.close(false)
}

/** The record travels in the token, and so leaves with the headers or is lost. */
function inToken(store: SealedStoreContract, life: Life): Store {
  const { credential, ctx } = life
  const records = new SealedRecords(store, life.settings.as, (id, token) => {
    if (headersLeft(ctx)) throw headersSent()
    life.measure?.(ctx, credential.shown, token)
    credential.take({ id, token })
  })
  credential.idInside = (token) => records.idOf(token)
  return records
}

import type { Context } from 'koa'
import { UnsupportedError } from '../errors.ts'
import { reportError } from '../events.ts'
import { answerBegun, whenClosed } from '../http/response.ts'
import { isPromise, type MaybePromise } from '../maybe-promise.ts'
import { type GuardedStore, guardedStore } from '../persistence/guarded-store.ts'
import { STORE_TIMEOUT } from '../persistence/patience.ts'
import { type Found, isGone, Records } from '../persistence/records.ts'
import { isSealed } from '../persistence/sealed-records.ts'
import type { SessionLock } from '../persistence/session-lock.ts'
import type { Resolvers } from '../draft/merge.ts'
import type { SealedStoreContract, Store } from '../stores/store.ts'
import { type Concurrency, type ConcurrencyPlan, planConcurrency } from './concurrency.ts'
import type { Life } from './life.ts'
import { load } from './loading.ts'
import { sessionGone } from './loss.ts'
import type { Persistence } from './persistence.ts'
import { discard } from './moving.ts'
import { lifeOf, type Session } from './session.ts'
import { inToken } from './sealing.ts'
import { settleIntentions } from './settling.ts'
import { promiseRecord } from './telling.ts'
import { miss, reset } from './transitions.ts'
import { updateRecord } from './update.ts'
import { create, touch, write } from './writing.ts'

/** What one request does to the store: it loads at most once, and commits what has changed. */
export class UnitOfWork implements Persistence {
  readonly #ctx: Context
  readonly #life: Life
  readonly #store: GuardedStore
  readonly #records: Records
  #plan: ConcurrencyPlan
  #lock: SessionLock | undefined
  #storesLate = false

  /** Gives the session the verbs that need a store. `storeTimeout`: how long the store may take for one answer. */
  constructor(
    ctx: Context,
    session: Session,
    store: Store | SealedStoreContract,
    plan: ConcurrencyPlan,
    storeTimeout: number | false = STORE_TIMEOUT,
  ) {
    const life = lifeOf(session)
    const { clock } = life.settings
    this.#ctx = ctx
    this.#life = life
    this.#store = isSealed(store) ? inToken(store, life) : guardedStore(store)
    this.#records = new Records(this.#store, clock, life.settings, this.#store.patience(storeTimeout))
    this.#plan = plan
    life.persistence = this
  }

  /** Opens the session: with the first token that has a live record, or as a new one. */
  load(): MaybePromise<void> {
    const alone = this.#plan.mode === 'lock'
    return load(this.#life, (id) => (alone ? this.#readAlone(id) : this.#records.read(id)))
  }

  /** Stores what there is to store; `undefined` when there is nothing to wait for. */
  commit(failed: boolean, thrown?: unknown): MaybePromise<void> {
    const life = this.#life
    if (life.phase !== 'open') return undefined
    life.thrown = thrown
    if (life.untouched) return life.close(true)
    if (life.busy || life.lateStore) return this.#commitInOrder(failed)
    return this.#commitNow(!failed && !life.noStore)
  }

  /** The session is held until `release`. */
  get locked(): boolean {
    return this.#lock !== undefined && !this.#storesLate
  }

  /** Lets the next request have the session. */
  async release(): Promise<void> {
    await this.#lock?.release()
  }

  async save(): Promise<void> {
    const life = await this.#alive()
    if (!(await write(life, this.#records, this.#plan, life.draft.changes())))
      throw sessionGone(life.credential.id)
  }

  async touch(): Promise<void> {
    const life = await this.#alive()
    const { record } = life
    const alive = record
      ? touch(life, this.#records, record, life.deadlineOf(record))
      : create(life, this.#records, life.draft.changes(), true)
    if (!(await alive)) throw sessionGone(life.credential.id)
  }

  async reload(): Promise<void> {
    const life = this.#life
    await this.settle()
    const { record } = life
    if (!record) return reset(life)
    return this.#show(record.id, await this.#records.read(record.id))
  }

  async update<Result>(change: (data: object) => MaybePromise<Result>): Promise<Result> {
    if (!this.#store.store.capabilities.atomic)
      throw new UnsupportedError('update() needs a store with atomic writes, which this one is not.')
    const life = await this.#alive()
    return this.#store.turns.take(life.credential.id, () => updateRecord(life, this.#records, change))
  }

  async settle(): Promise<void> {
    await settleIntentions(this.#life, this.#records)
  }

  async changeConcurrency(asked: Concurrency | undefined): Promise<void> {
    const life = this.#life
    this.#plan = planConcurrency(asked, this.#store.store.capabilities)
    const { record, draft } = life
    if (this.#plan.mode !== 'lock' || this.#lock || !record) return
    if (draft.changes().lines.length > 0 || draft.lifetimes !== record.meta) {
      throw new UnsupportedError(
        'The session was changed before its lock was taken: put the sibling of with() before what writes.',
      )
    }
    this.#show(record.id, await this.#readAlone(record.id))
  }

  get resolvers(): Resolvers | undefined {
    return this.#plan.mode === 'merge' ? this.#plan.resolve : undefined
  }

  /** Shows what stands under the id of the session; nothing, when that is not alive. */
  #show(id: string, found: Found): void {
    if (isGone(found)) miss(this.#life, id, found)
    reset(this.#life, isGone(found) ? undefined : found)
  }

  async #readAlone(id: string): Promise<Found> {
    const { found, lock } = await this.#records.readAlone(id, this.#plan)
    this.#lock = lock
    return found
  }

  /** After the verbs, and what they have left to be done. */
  async #commitInOrder(failed: boolean): Promise<void> {
    const life = this.#life
    await this.#settleAll()
    if (!life.lateStore || failed) return this.#commitNow(!failed && !life.noStore)
    promiseRecord(life, !life.noStore)
    this.#storesLate = true
    whenClosed(this.#ctx, () => void this.#storeLate())
  }

  async #storeLate(): Promise<void> {
    try {
      await this.#settleAll()
      await this.#commitNow(!this.#life.noStore)
    } catch (error) {
      reportError(this.#ctx, error)
    } finally {
      await this.#lock?.release()
    }
  }

  async #settleAll(): Promise<void> {
    const life = this.#life
    try {
      await life.verbs.settled()
      await this.settle()
    } catch (error) {
      for (const intention of life.intentions) await discard(this.#records, intention)
      throw error
    }
  }

  #commitNow(save: boolean): MaybePromise<void> {
    const life = this.#life
    try {
      const changes = save ? life.draft.changes() : undefined
      const written = write(life, this.#records, this.#plan, changes)
      const close = (saved: boolean): void => life.close(save && saved)
      return isPromise(written) ? written.then(close, (error: unknown) => this.#fail(error)) : close(written)
    } catch (error) {
      return this.#fail(error)
    }
  }

  /** When nobody can be answered any more, nothing is lost in silence all the same. */
  #fail(error: unknown): void {
    if (!answerBegun(this.#ctx)) throw error
    reportError(this.#ctx, error)
    this.#life.close(false)
  }

  async #alive(): Promise<Life> {
    await this.settle()
    if (this.#life.overtaken) throw sessionGone(this.#life.credential.id)
    return this.#life
  }
}

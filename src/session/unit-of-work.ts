import type { Context } from 'koa'
import { UnsupportedError } from '../errors.ts'
import { reportError } from '../events.ts'
import { whenClosed } from '../http/response.ts'
import { chain, isPromise, type MaybePromise } from '../maybe-promise.ts'
import { GuardedStore, guardedStore } from '../persistence/guarded-store.ts'
import { type Found, isGone, Records } from '../persistence/records.ts'
import { isSealed, SealedRecords } from '../persistence/sealed-records.ts'
import type { SessionLock } from '../persistence/session-lock.ts'
import type { Resolvers } from '../draft/merge.ts'
import type { SealedStoreContract, Store } from '../stores/store.ts'
import { headersSent } from './guards.ts'
import { type Concurrency, type ConcurrencyPlan, planConcurrency } from './concurrency.ts'
import type { Life } from './life.ts'
import { sessionGone } from './loss.ts'
import type { Persistence } from './persistence.ts'
import { lifeOf, type Session } from './session.ts'
import { discard, settleIntentions } from './settle.ts'
import { promiseRecord } from './telling.ts'
import { miss, open, reset } from './transitions.ts'
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

  /** Gives the session the verbs that need a store. */
  constructor(ctx: Context, session: Session, store: Store | SealedStoreContract, plan: ConcurrencyPlan) {
    const life = lifeOf(session)
    const { clock } = life.settings
    this.#ctx = ctx
    this.#life = life
    this.#store = isSealed(store) ? inToken(store, life) : guardedStore(store)
    this.#records = new Records(this.#store, clock, life.settings)
    this.#plan = plan
    life.persistence = this
  }

  /** Opens the session: with the first token that has a live record, or as a new one. */
  load(): MaybePromise<void> {
    return this.#loadFrom(0)
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
    const found = await this.#records.read(record.id)
    if (!isGone(found)) return reset(life, found)
    miss(life, record.id, found)
    return reset(life)
  }

  async update<Result>(change: (data: object) => MaybePromise<Result>): Promise<Result> {
    if (!this.#store.capabilities.atomic)
      throw new UnsupportedError('update() needs a store with atomic writes, which this one is not.')
    const life = await this.#alive()
    return this.#store.turns.take(life.credential.id, () => updateRecord(life, this.#records, change))
  }

  async settle(): Promise<void> {
    await settleIntentions(this.#life, this.#records)
  }

  async changeConcurrency(asked: Concurrency | undefined): Promise<void> {
    const life = this.#life
    this.#plan = planConcurrency(asked, this.#store.capabilities)
    const { record, draft } = life
    if (this.#plan.mode !== 'lock' || this.#lock || !record) return
    if (draft.changes().lines.length > 0 || draft.lifetimes !== record.meta) {
      throw new UnsupportedError(
        'The session was changed before its lock was taken: put the sibling of with() before what writes.',
      )
    }
    const found = await this.#readAlone(record.id)
    if (!isGone(found)) return reset(life, found)
    miss(life, record.id, found)
    reset(life)
  }

  get resolvers(): Resolvers | undefined {
    return this.#plan.mode === 'merge' ? this.#plan.resolve : undefined
  }

  #loadFrom(index: number): MaybePromise<void> {
    const life = this.#life
    const token = life.tokens[index]
    if (token === undefined) return open(life)
    const id = life.credential.idOf(token)
    if (id === undefined) {
      life.emit('session:invalid')
      return this.#loadFrom(index + 1)
    }
    const found = this.#plan.mode === 'lock' ? this.#readAlone(id) : this.#records.read(id)
    return chain(found, (one): MaybePromise<void> => {
      if (!isGone(one)) return open(life, token, one)
      miss(life, id, one)
      if (!one.error) life.emit(one.why === 'expired' ? 'session:expired' : 'session:missed', { id })
      return this.#loadFrom(index + 1)
    })
  }

  /** Takes the lock of a record, and reads it again when it is ours, as others may have written meanwhile. */
  async #readAlone(id: string): Promise<Found> {
    const before = await this.#records.read(id)
    if (isGone(before)) return before
    this.#lock = await this.#store.locks.take(id, this.#plan)
    let mine: Found | undefined
    try {
      mine = await this.#records.read(id)
      return mine
    } finally {
      // Another token may stand for the session, and has a lock of its own.
      if (!mine || isGone(mine)) await this.#lock.release()
    }
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
    if (!this.#ctx.headerSent) throw error
    reportError(this.#ctx, error)
    this.#life.close(false)
  }

  async #alive(): Promise<Life> {
    await this.settle()
    if (this.#life.overtaken) throw sessionGone(this.#life.credential.id)
    return this.#life
  }
}

/** The record travels in the token, and so leaves with the headers or is lost. */
function inToken(store: SealedStoreContract, life: Life): GuardedStore {
  const { credential, ctx } = life
  const records = new SealedRecords(store, (id, token) => {
    if (ctx.headerSent) throw headersSent()
    credential.take({ id, token })
  })
  credential.sealWith((token) => records.idOf(token))
  return new GuardedStore(records)
}

import type { Context } from 'koa'
import { type Concurrency, type ConcurrencyPlan, planConcurrency } from '../concurrency/options.ts'
import type { SessionLock } from '../concurrency/session-lock.ts'
import { UnsupportedError } from '../errors.ts'
import { reportError } from '../events.ts'
import { isPromise } from '../maybe-promise.ts'
import type { SessionRecord } from '../record.ts'
import type { Session } from '../session.ts'
import type { CarryOver, Persistence } from '../session/persistence.ts'
import type { Values } from '../session/content.ts'
import type { Identity } from '../session/credential.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import type { GuardedStore } from './guarded-store.ts'
import { dropChanges, sessionGone } from './loss.ts'
import { moveRecord, settleEndings } from './move.ts'
import { type Judgement, RecordKeeper } from './record-keeper.ts'
import { updateRecord } from './update.ts'
import { createRecord, replaceRecord, touchRecord } from './write.ts'

/** What one request does to the store: it loads at most once, and commits what has changed. */
export class UnitOfWork implements Persistence {
  readonly #ctx: Context
  readonly #session: Session
  readonly #store: GuardedStore
  readonly #records: RecordKeeper
  #plan: ConcurrencyPlan
  #lock: SessionLock | undefined
  #storesLate = false

  constructor(ctx: Context, session: Session, store: GuardedStore, plan: ConcurrencyPlan) {
    this.#ctx = ctx
    this.#session = session
    this.#store = store
    this.#plan = plan
    this.#records = new RecordKeeper(session, store)
  }

  /** The first candidate with a live record is the session. */
  async load(): Promise<void> {
    const session = this.#session
    for (const token of session.candidates) {
      const id = session.credential.idOf(token)
      if (id === undefined) {
        session.emit('session:invalid')
        continue
      }
      const found = this.#plan.mode === 'lock' ? this.#readAlone(id) : this.#records.read(id)
      const judgement = isPromise(found) ? await found : found
      if (judgement.live) {
        session.endReason = undefined
        session.barred = false
        session.moved = false
        session.load(token, judgement.live)
        return
      }
      this.#records.note(judgement)
      if (judgement.why === 'corrupt') continue
      session.emit(judgement.why === 'expired' ? 'session:expired' : 'session:missed', { id })
    }
  }

  /** Stores what there is to store; `undefined` when there is nothing to wait for. */
  commit(failed: boolean): Promise<void> | undefined {
    const session = this.#session
    if (session.unavailable) return undefined
    if (session.untouched) {
      session.close()
      return undefined
    }
    if (session.busy || session.lateStore || session.endings.length > 0) return this.#commit(failed)
    const save = !failed && !session.noStore
    let body: string | undefined
    try {
      body = save ? session.copy.unsaved : undefined
    } catch {
      return this.#commitNow(save)
    }
    // Most requests only read, and have nothing to wait for.
    const { storedUntil } = session
    if (
      body === undefined &&
      !session.barred &&
      storedUntil !== undefined &&
      session.deadline(false) <= storedUntil
    ) {
      session.close(!save)
      return undefined
    }
    return this.#commitNow(save, body)
  }

  async save(): Promise<void> {
    await this.#requireAlive()
    if (!(await this.#write(true))) throw sessionGone(this.#session)
  }

  async touch(): Promise<void> {
    await this.#requireAlive()
    const session = this.#session
    if (!session.stored) await createRecord(session, this.#records)
    else if (!(await touchRecord(session, this.#records, true))) throw sessionGone(session)
  }

  async reload(): Promise<void> {
    const session = this.#session
    const { record } = session.copy
    if (!record) return session.reset()
    const judgement = await this.#records.read(record.id)
    if (!judgement.live) this.#records.note(judgement)
    return session.reset(judgement.live)
  }

  async update<Result>(change: (data: Values) => MaybePromise<Result>): Promise<Result> {
    if (!this.#store.capabilities.atomic) {
      throw new UnsupportedError('update() needs a store with atomic writes, which this one is not.')
    }
    await this.#requireAlive()
    return this.#store.turns.take(this.#session.id, () => updateRecord(this.#session, this.#records, change))
  }

  move(to: Identity, carryOver?: CarryOver): Promise<SessionRecord | undefined> {
    return moveRecord(this.#session, this.#records, to, carryOver)
  }

  settleEndings(): Promise<void> {
    return settleEndings(this.#session, this.#records)
  }

  async changeConcurrency(asked: Concurrency | undefined): Promise<void> {
    const session = this.#session
    this.#plan = planConcurrency(asked, this.#store.capabilities)
    const { record } = session.copy
    if (this.#plan.mode !== 'lock' || this.#lock || !record) return
    if (session.changed) {
      throw new UnsupportedError(
        'The session was changed before its lock was taken: put the sibling of with() before what writes.',
      )
    }
    const judgement = await this.#readAlone(record.id)
    if (!judgement.live) this.#records.note(judgement)
    session.reset(judgement.live)
  }

  get resolvers(): Persistence['resolvers'] {
    return this.#plan.mode === 'merge' ? this.#plan.resolve : undefined
  }

  /** The session is held until `release`. */
  get locked(): boolean {
    return this.#lock !== undefined && !this.#storesLate
  }

  /** Lets the next request have the session. */
  async release(): Promise<void> {
    await this.#lock?.release()
  }

  /** Takes the lock of a record, and reads it again when it is ours, as others may have written meanwhile. */
  async #readAlone(id: string): Promise<Judgement> {
    const judgement = await this.#records.read(id)
    if (!judgement.live) return judgement
    this.#lock = await this.#store.locks.take(id, this.#plan)
    // Nobody waits for the answer any more, so others need not wait for the handler.
    const { res } = this.#ctx
    res.once('close', () => {
      if (!res.writableFinished) void this.#lock?.release()
    })
    let mine: Judgement | undefined
    try {
      mine = await this.#records.read(id)
      return mine
    } finally {
      // Another candidate may be the session, and has a lock of its own.
      if (!mine?.live) await this.#lock.release()
    }
  }

  async #commit(failed: boolean): Promise<void> {
    const session = this.#session
    if (session.busy) await session.settled()
    if (session.endings.length > 0) await this.settleEndings()
    if (session.lateStore && !failed) {
      if (session.stored || (!session.noStore && session.changed)) session.pledge()
      this.#storesLate = true
      this.#storeLate()
      return
    }
    await this.#commitNow(!failed && !session.noStore)
  }

  #storeLate(): void {
    const session = this.#session
    const store = async (): Promise<void> => {
      try {
        await session.settled()
        await this.settleEndings()
        await this.#commitNow(!session.noStore)
      } catch (error) {
        reportError(this.#ctx, error)
      } finally {
        await this.#lock?.release()
      }
    }
    const { res } = this.#ctx
    if (res.closed) void store()
    else res.once('close', () => void store())
  }

  async #commitNow(save: boolean, body?: string): Promise<void> {
    let stored = false
    try {
      stored = await this.#write(save, body)
    } catch (error) {
      // Nobody can be answered any more, but nothing is lost in silence.
      if (!this.#ctx.headerSent) throw error
      reportError(this.#ctx, error)
    }
    this.#session.close(!save || !stored)
  }

  /** `false`: the session has ended meanwhile, and what this request wrote was dropped. */
  async #write(save: boolean, known?: string): Promise<boolean> {
    const session = this.#session
    if (session.barred) {
      if (save) dropChanges(session)
      return false
    }
    const body = save ? (known ?? session.copy.unsaved) : undefined
    // A later deadline that cannot leave with the headers any more is no loss of data.
    if (body === undefined && session.credential.sealed && this.#ctx.headerSent) return true
    if (session.stored) {
      return body === undefined
        ? touchRecord(session, this.#records)
        : replaceRecord(session, this.#records, this.#plan, body)
    }
    if (body !== undefined) await createRecord(session, this.#records, body)
    return true
  }

  async #requireAlive(): Promise<void> {
    await this.settleEndings()
    if (this.#session.barred) throw sessionGone(this.#session)
  }
}

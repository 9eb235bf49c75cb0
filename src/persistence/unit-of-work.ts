import type { Context } from 'koa'
import { type Concurrency, type ConcurrencyPlan, planConcurrency } from '../concurrency/options.ts'
import { Retry } from '../concurrency/retry.ts'
import { ConflictError, CorruptRecordError, UnsupportedError } from '../errors.ts'
import { reportError } from '../events.ts'
import type { Meta, SessionRecord } from '../record.ts'
import type { CarryOver, Persistence, Session } from '../session.ts'
import { changedKeys, type Content, stringifyContent, type Values } from '../session/content.ts'
import type { Identity } from '../session/credential.ts'
import { headersSent } from '../session/guards.ts'
import { isReserved, refuseReserved } from '../session/reserved.ts'
import type { MaybePromise } from '../stores/store.ts'
import type { GuardedStore } from './guarded-store.ts'
import { RecordKeeper } from './record-keeper.ts'

/** How often a forced collision of new ids is answered with another id. */
const MOST_DRAWS = 3

/** What one request does to the store: it loads at most once, and commits what has changed. */
export class UnitOfWork implements Persistence {
  readonly #ctx: Context
  readonly #session: Session
  readonly #store: GuardedStore
  readonly #records: RecordKeeper
  #plan: ConcurrencyPlan
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
      try {
        const judgement = await this.#records.read(id)
        if (judgement.live) {
          session.endReason = undefined
          session.barred = false
          session.load(token, judgement.live)
          return
        }
        this.#records.note(judgement)
        session.emit(judgement.why === 'expired' ? 'session:expired' : 'session:missed', { id })
      } catch (error) {
        if (!(error instanceof CorruptRecordError)) throw error
        session.emit('session:corrupt', { id, reason: error.message })
      }
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
    return this.#commit(failed)
  }

  async save(): Promise<void> {
    await this.settleEndings()
    if (this.#session.barred) throw this.#gone()
    if (!(await this.#write(true))) throw this.#gone()
  }

  async touch(): Promise<void> {
    const session = this.#session
    await this.settleEndings()
    if (session.barred) throw this.#gone()
    const { record } = session.copy
    if (!record) await this.#create()
    else if (!(await this.#touch(record, session.deadline(false)))) throw this.#gone()
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
    await this.settleEndings()
    if (this.#session.barred) throw this.#gone()
    return this.#store.turns.take(this.#session.id, () => this.#update(change))
  }

  async move(to: Identity, carryOver?: CarryOver): Promise<SessionRecord | undefined> {
    const session = this.#session
    let newest = session.copy.record!
    let moved: SessionRecord | undefined
    for (const retry = new Retry(); ; await retry.next(newest.id)) {
      if (carryOver) moved = await this.#carry(to, moved, carryOver(newest))
      const instead = session.credential.sealed
        ? undefined
        : await this.#records.bury(newest, undefined, true)
      if (!instead) return moved
      if (!instead.live) {
        // A parallel request was faster; what it left behind is the session.
        if (moved) await this.#records.delete(moved.id)
        this.#records.note(instead)
        session.barred = true
        return undefined
      }
      newest = instead.live
    }
  }

  async settleEndings(): Promise<void> {
    const session = this.#session
    for (let ending = session.endings[0]; ending; ending = session.endings[0]) {
      let { record } = ending
      for (const retry = new Retry(); !session.credential.sealed; await retry.next(record.id)) {
        const instead = await this.#records.bury(record, ending.reason, false)
        if (!instead?.live) break
        record = instead.live
      }
      session.endings.shift()
      session.credential.dead = true
      session.emit('session:destroyed', {
        id: record.id,
        ...(ending.reason !== undefined && { reason: ending.reason }),
      })
    }
  }

  async changeConcurrency(asked: Concurrency | undefined): Promise<void> {
    this.#plan = planConcurrency(asked, this.#store.capabilities)
  }

  async #commit(failed: boolean): Promise<void> {
    const session = this.#session
    await session.settled()
    await this.settleEndings()
    if (session.lateStore && !failed) {
      if (session.stored || !session.copy.empty) session.pledge()
      this.#storeLate()
      return
    }
    await this.#write(!failed && !session.noStore)
    session.close()
  }

  #storeLate(): void {
    const session = this.#session
    const store = async (): Promise<void> => {
      try {
        await session.settled()
        await this.settleEndings()
        await this.#write(!session.noStore)
        session.close()
      } catch (error) {
        reportError(this.#ctx, error)
      }
    }
    const { res } = this.#ctx
    if (res.closed) void store()
    else res.once('close', () => void store())
  }

  /** `false`: the session has ended meanwhile, and what this request wrote was dropped. */
  async #write(save: boolean): Promise<boolean> {
    const session = this.#session
    const { copy } = session
    if (session.barred) return this.#drop(save)
    const body = save ? copy.unsaved : undefined
    const { record } = copy
    if (!record) {
      if (body !== undefined) await this.#create()
      return true
    }
    const until = session.deadline(body !== undefined)
    if (body !== undefined) return this.#replace(record, body, until)
    if (until > record.expiresAt) await this.#touch(record, until)
    return true
  }

  async #create(): Promise<void> {
    const session = this.#session
    const { copy, credential } = session
    if (this.#ctx.headerSent && !session.lateStore) throw headersSent()
    const meta = session.newMeta()
    const body = copy.serialize()
    const until = session.deadline(true)
    for (let draw = 0; draw < MOST_DRAWS; draw++) {
      const record = await this.#records.create(credential, meta, body, until)
      if (record) {
        copy.committed(record)
        session.emit('session:created')
        return
      }
      credential.take(credential.draw())
    }
    throw new ConflictError(
      'No free id was found for a new session: does token.generate return random tokens?',
    )
  }

  async #replace(record: SessionRecord, body: string, until: number): Promise<boolean> {
    const session = this.#session
    const { copy } = session
    let target = record
    let version = { ...copy.version, body, merged: false }
    const conflicts = new Set<string>()
    for (const retry = new Retry(); ; await retry.next(record.id)) {
      const meta: Meta = { ...version.meta, updatedAt: session.now }
      const result = await this.#records.replace(target, meta, version.body, until)
      if (result.done) {
        if (version.merged) copy.adopt(result.done, version)
        else copy.committed(result.done)
        if (conflicts.size > 0) session.emit('session:conflict', { keys: [...conflicts] })
        return true
      }
      const { live } = result.instead
      if (!live) {
        this.#records.note(result.instead)
        return this.#drop(true)
      }
      target = live
      if (this.#plan.mode === 'lock') throw this.#lostLock(record.id)
      if (this.#plan.mode === 'last-write') continue
      const merged = copy.mergeWith(live, this.#plan.resolve)
      for (const key of merged.conflicts) conflicts.add(key)
      version = { ...merged, body: stringifyContent(session.serializer, merged.content), merged: true }
    }
  }

  async #touch(record: SessionRecord, until: number): Promise<boolean> {
    const alive = await this.#records.touch(record, until)
    if (alive) this.#session.copy.touched(until)
    else this.#session.barred = true
    return alive
  }
  async #update<Result>(change: (data: Values) => MaybePromise<Result>): Promise<Result> {
    const session = this.#session
    const { copy, credential, serializer } = session
    let { record } = copy
    for (const retry = new Retry(); ; await retry.next(session.id)) {
      const reading = record
        ? copy.read(record)
        : { meta: session.newMeta(), content: { data: {}, flash: {} } }
      const before = stringifyContent(serializer, reading.content)
      const result = await change(reading.content.data)
      const reserved = Object.keys(reading.content.data).find(isReserved)
      if (reserved !== undefined) throw refuseReserved(reserved)
      const body = stringifyContent(serializer, reading.content)
      if (body === before) {
        if (record && record !== copy.record) copy.rebase(record)
        return result
      }
      const until = session.deadline(true)
      const changed = changedKeys(
        serializer,
        (serializer.parse(before) as Content).data,
        reading.content.data,
      )
      if (!record) {
        if (this.#ctx.headerSent) throw headersSent()
        const created = await this.#records.create(credential, reading.meta, body, until)
        if (!created) throw this.#gone()
        copy.rebase(created, changed)
        session.emit('session:created')
        return result
      }
      const written = await this.#records.replace(
        record,
        { ...reading.meta, updatedAt: session.now },
        body,
        until,
      )
      if (written.done) {
        copy.rebase(written.done, changed)
        return result
      }
      if (!written.instead.live) {
        this.#records.note(written.instead)
        session.barred = true
        throw this.#gone()
      }
      record = written.instead.live
    }
  }

  /** Writes under the new id what goes on; again when the old record turned out to have changed. */
  async #carry(
    to: Identity,
    moved: SessionRecord | undefined,
    { meta, body }: ReturnType<CarryOver>,
  ): Promise<SessionRecord> {
    const until = this.#session.deadline(false)
    if (!moved) {
      const created = await this.#records.create(to, meta, body, until)
      if (created) return created
      throw new ConflictError('The new id is taken already: does token.generate return random tokens?')
    }
    const replaced = await this.#records.replace(moved, meta, body, until)
    if (replaced.done) return replaced.done
    throw this.#gone()
  }

  #drop(save: boolean): false {
    const session = this.#session
    const keys = save && session.copy.opened ? session.copy.changedKeys : []
    session.barred = true
    if (keys.length > 0) {
      session.emit('session:conflict', {
        keys,
        ...(session.endReason !== undefined && { reason: session.endReason }),
      })
    }
    return false
  }

  #gone(): ConflictError {
    return new ConflictError(
      `Session ${this.#session.id} has ended or moved to a new id in a parallel request, so nothing of this one was saved.`,
    )
  }

  #lostLock(id: string): ConflictError {
    return new ConflictError(`The lock of session ${id} was lost while the request ran, so it was not saved.`)
  }
}

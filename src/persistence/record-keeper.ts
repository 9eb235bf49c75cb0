import { CorruptRecordError } from '../errors.ts'
import { isPromise } from '../maybe-promise.ts'
import {
  formatRecord,
  formatTombstone,
  isTombstone,
  type Meta,
  parseRecord,
  type SessionRecord,
  type Tombstone,
} from '../record.ts'
import type { Session } from '../session.ts'
import type { Identity } from '../session/credential.ts'
import { absoluteDeadline } from '../session/lifetime.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import type { SetResult, Stored } from '../stores/store.ts'
import type { GuardedStore } from './guarded-store.ts'

/** How long a tombstone is kept, in milliseconds. */
const BURIED_FOR = 60_000

/** How long a token that moved to a new id begins no session: a late response must not overwrite the new cookie. */
const SILENT_FOR = 10_000

/** What stands under an id: a live session, one that ended or ran out, or nothing. */
export type Judgement =
  | { readonly live: SessionRecord }
  | {
      readonly live: undefined
      readonly why: 'missing' | 'expired' | 'ended' | 'corrupt'
      readonly tombstone?: Tombstone
    }

const MISSING: Judgement = { live: undefined, why: 'missing' }
const CORRUPT: Judgement = { live: undefined, why: 'corrupt' }
const EXPIRED: Judgement = { live: undefined, why: 'expired' }

/** Reads and writes the records of one request's session. Create only creates, update never creates. */
export class RecordKeeper {
  readonly #session: Session
  readonly #store: GuardedStore

  constructor(session: Session, store: GuardedStore) {
    this.#session = session
    this.#store = store
  }

  read(id: string): MaybePromise<Judgement> {
    try {
      const answer = this.#store.get(id)
      if (!isPromise(answer)) return this.judge(id, answer)
      return answer.then(
        (stored) => this.judge(id, stored),
        (error: unknown) => this.#corrupt(id, error),
      )
    } catch (error) {
      return this.#corrupt(id, error)
    }
  }

  /** The middleware alone decides what is alive; a store may return what has expired. */
  judge(id: string, stored: Stored | undefined): Judgement {
    if (!stored) return MISSING
    let record: SessionRecord | Tombstone
    try {
      record = parseRecord(id, stored)
    } catch (error) {
      return this.#corrupt(id, error)
    }
    const { now } = this.#session
    if (isTombstone(record)) {
      return now <= record.endedAt + BURIED_FOR
        ? { live: undefined, why: 'ended', tombstone: record }
        : MISSING
    }
    const until = Math.min(record.expiresAt, absoluteDeadline(record.meta, this.#session.lifetimes))
    return now <= until ? { live: record } : EXPIRED
  }

  /** Takes note of why the client's session is not there. */
  note(judgement: Judgement): void {
    if (judgement.live) return
    const { tombstone } = judgement
    this.#session.endReason = tombstone?.endReason ?? 'session expired'
    if (tombstone?.moved === true && this.#session.now < tombstone.endedAt + SILENT_FOR) {
      this.#session.barred = true
      this.#session.moved = true
    }
  }

  /** A new record, or `undefined` when there is one under this id already. */
  async create(to: Identity, meta: Meta, body: string, until: number): Promise<SessionRecord | undefined> {
    const answer = this.#store.set(to.id, formatRecord(meta, body), until, 'absent')
    const result = isPromise(answer) ? await answer : answer
    return result.ok ? { id: to.id, version: result.version, expiresAt: until, meta, body } : undefined
  }

  /** Replaces exactly this record, or says what is there instead: a newer one, or none that lives. */
  async replace(
    record: SessionRecord,
    meta: Meta,
    body: string,
    until: number,
  ): Promise<{ readonly done: SessionRecord } | { readonly done: undefined; readonly instead: Judgement }> {
    const written = await this.#swap(record, formatRecord(meta, body), until)
    if ('instead' in written) return { done: undefined, instead: written.instead }
    return { done: { id: record.id, version: written.version, expiresAt: until, meta, body } }
  }

  /** Puts a tombstone in the place of exactly this record, or says what is there instead. */
  async bury(
    record: SessionRecord,
    reason: string | undefined,
    moved: boolean,
  ): Promise<Judgement | undefined> {
    const { now } = this.#session
    const tombstone: Tombstone = { endedAt: now, moved, ...(reason !== undefined && { endReason: reason }) }
    const written = await this.#swap(record, formatTombstone(tombstone), now + BURIED_FOR)
    return 'instead' in written ? written.instead : undefined
  }

  /** Moves the deadline of a live record, or says what is there instead. */
  async touch(record: SessionRecord, until: number): Promise<Judgement> {
    // A parallel request may have shortened its life, so that it has run out.
    const before = await this.read(record.id)
    if (!before.live) return before
    const sameAsLoaded = before.live.version === record.version
    const answer = this.#store.touch(
      record.id,
      sameAsLoaded ? until : this.#session.deadline(false, before.live),
      before.live.version,
    )
    if (!(isPromise(answer) ? await answer : answer)) return MISSING
    // A tombstone can be touched too, and its token must not be sent again.
    return this.read(record.id)
  }

  async delete(id: string): Promise<void> {
    await this.#store.delete(id)
  }

  /** A record that cannot be read means that there is none, and is reported; any other error is one. */
  #corrupt(id: string, error: unknown): Judgement {
    if (!(error instanceof CorruptRecordError)) throw error
    this.#session.emit('session:corrupt', { id, reason: error.message })
    return CORRUPT
  }

  async #swap(
    record: SessionRecord,
    data: string,
    until: number,
  ): Promise<{ readonly version: string } | { readonly instead: Judgement }> {
    if (!this.#store.capabilities.atomic || this.#session.now > record.expiresAt) {
      // Look, then write: all that a store without atomic writes can do, and what keeps a session that ran
      // out during this request from coming back.
      const before = await this.read(record.id)
      if (before.live?.version !== record.version) return { instead: before }
    }
    const when = this.#store.capabilities.atomic ? { version: record.version } : 'present'
    let result: SetResult
    try {
      const answer = this.#store.set(record.id, data, until, when)
      result = isPromise(answer) ? await answer : answer
    } catch (error) {
      return { instead: this.#corrupt(record.id, error) }
    }
    if (result.ok) return { version: result.version }
    return { instead: result.current ? this.judge(record.id, result.current) : await this.read(record.id) }
  }
}

import { CorruptRecordError, type StoreUnavailableError } from '../errors.ts'
import { chain, isPromise, type MaybePromise } from '../maybe-promise.ts'
import {
  formatRecord,
  formatTombstone,
  isTombstone,
  type Meta,
  parseRecord,
  type SessionRecord,
  type Tombstone,
} from '../record.ts'
import type { Condition, Stored } from '../stores/store.ts'
import type { GuardedStore } from './guarded-store.ts'
import { absoluteDeadline, type Lifetimes } from './lifetime.ts'
import type { Asker, Patience } from './patience.ts'

/** How long a tombstone is kept, in milliseconds. */
const TOMBSTONE_LIFE = 60_000

/** No session that lives stands under an id, and why. */
export interface Gone {
  readonly why: 'missing' | 'expired' | 'ended' | 'corrupt'
  readonly tombstone?: Tombstone
  readonly error?: CorruptRecordError
}

/** What stands under an id. */
export type Found = SessionRecord | Gone

export function isGone(found: Found): found is Gone {
  return 'why' in found
}

/** The record as it is now stored, or what stands there instead of the one that was to be changed. */
export type Written = { readonly done: SessionRecord } | { readonly instead: Found }

const MISSING: Gone = { why: 'missing' }
const EXPIRED: Gone = { why: 'expired' }

/** Reads, judges and writes records for one request. Create only creates, update never creates. */
export class Records implements Asker {
  readonly #store: GuardedStore
  readonly #clock: () => number
  readonly #lifetimes: Lifetimes
  readonly patience: Patience | undefined
  tooLate: StoreUnavailableError | undefined

  constructor(store: GuardedStore, clock: () => number, lifetimes: Lifetimes, patience?: Patience) {
    this.patience = patience
    this.#store = store
    this.#clock = clock
    this.#lifetimes = lifetimes
  }

  read(id: string): MaybePromise<Found> {
    try {
      const answer = this.#store.get(id, this)
      if (!isPromise(answer)) return this.judge(id, answer)
      return answer.then((stored) => this.judge(id, stored), corrupt)
    } catch (error) {
      return corrupt(error)
    }
  }

  /** The middleware alone decides what is alive; a store may return what has expired. */
  judge(id: string, stored: Stored | undefined): Found {
    if (!stored) return MISSING
    let record: SessionRecord | Tombstone
    try {
      record = parseRecord(id, stored)
    } catch (error) {
      return corrupt(error)
    }
    const now = this.#clock()
    if (isTombstone(record))
      return now <= record.endedAt + TOMBSTONE_LIFE ? { why: 'ended', tombstone: record } : MISSING
    const until = Math.min(record.expiresAt, absoluteDeadline(record.meta, this.#lifetimes))
    return now <= until ? record : EXPIRED
  }

  /** A new record, or `undefined` when there is one under this id already. */
  create(id: string, meta: Meta, lines: string, expiresAt: number): MaybePromise<SessionRecord | undefined> {
    return chain(this.#store.set(id, formatRecord(meta, lines), expiresAt, 'absent', this), (result) =>
      result.ok ? { id, version: result.version, expiresAt, meta, lines } : undefined,
    )
  }

  /** Replaces exactly this record. */
  replace(
    { id, version, expiresAt: until }: SessionRecord,
    meta: Meta,
    lines: string,
    expiresAt: number,
  ): MaybePromise<Written> {
    return this.#swap(id, version, until, formatRecord(meta, lines), expiresAt, (newer) => ({
      done: { id, version: newer, expiresAt, meta, lines },
    }))
  }

  /** Puts a tombstone in the place of exactly this record. */
  bury(record: SessionRecord, endReason: string | undefined, moved: boolean): MaybePromise<Written> {
    const { id, version, expiresAt } = record
    const endedAt = this.#clock()
    const data = formatTombstone({ endedAt, endReason, moved })
    return this.#swap(id, version, expiresAt, data, endedAt + TOMBSTONE_LIFE, () => ({ done: record }))
  }

  /** Moves the deadline of exactly this record. */
  touch(record: SessionRecord, expiresAt: number): MaybePromise<Written> {
    if (this.#mayHaveRunOut(record.expiresAt))
      return chain(this.read(record.id), (found) =>
        isSame(found, record.version) ? this.#touch(found, expiresAt) : { instead: found },
      )
    return this.#touch(record, expiresAt)
  }

  delete(id: string): MaybePromise<boolean> {
    return this.#store.delete(id, this)
  }

  #touch(record: SessionRecord, until: number): MaybePromise<Written> {
    const { id, version } = record
    return chain(this.#store.touch(id, until, version, this), (touched): MaybePromise<Written> => {
      if (touched) return { done: { ...record, expiresAt: Math.max(until, record.expiresAt) } }
      return chain(this.read(id), (instead) => ({ instead: isSame(instead, version) ? MISSING : instead }))
    })
  }

  #swap(
    id: string,
    version: string,
    until: number,
    data: string,
    expiresAt: number,
    done: (version: string) => Written,
  ): MaybePromise<Written> {
    const { atomic } = this.#store.capabilities
    const write = (): MaybePromise<Written> =>
      this.#write(id, data, expiresAt, atomic ? { version } : 'present', done)
    if (atomic && !this.#mayHaveRunOut(until)) return write()
    // Look, then write: all that a store without atomic writes can do, and what keeps a session that ran out
    // during this request from coming back.
    return chain(this.read(id), (found) => (isSame(found, version) ? write() : { instead: found }))
  }

  #write(
    id: string,
    data: string,
    expiresAt: number,
    when: Condition,
    done: (version: string) => Written,
  ): MaybePromise<Written> {
    const settle = (result: Awaited<ReturnType<GuardedStore['set']>>): MaybePromise<Written> => {
      if (result.ok) return done(result.version)
      if (result.current) return { instead: this.judge(id, result.current) }
      return chain(this.read(id), (instead) => ({ instead }))
    }
    const fail = (error: unknown): Written => ({ instead: corrupt(error) })
    try {
      const answer = this.#store.set(id, data, expiresAt, when, this)
      return isPromise(answer) ? answer.then(settle, fail) : settle(answer)
    } catch (error) {
      return fail(error)
    }
  }

  /** Unless a parallel request has extended it meanwhile. */
  #mayHaveRunOut(until: number): boolean {
    return this.#clock() > until
  }
}

function isSame(found: Found, version: string): found is SessionRecord {
  return !isGone(found) && found.version === version
}

/** A record that cannot be read means that there is none; any other error is one. */
function corrupt(error: unknown): Gone {
  if (error instanceof CorruptRecordError) return { why: 'corrupt', error }
  throw error
}

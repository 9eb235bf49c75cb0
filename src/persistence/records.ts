import { CorruptRecordError } from '../errors.ts'
import { chain, type MaybePromise } from '../maybe-promise.ts'
import {
  formatRecord,
  formatTombstone,
  isTombstone,
  type Meta,
  parseIndex,
  parseRecord,
  type SessionRecord,
  type Tombstone,
} from '../record.ts'
import type { Stored } from '../stores/store.ts'
import { absoluteDeadline, type Lifetimes } from './lifetime.ts'
import type { LockPlan, SessionLock } from './session-lock.ts'
import { type SharedStore, sharedStore } from './shared-store.ts'
import type { StoreCalls } from './store-calls.ts'

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
export class Records {
  readonly calls: StoreCalls
  /** The time when a record was last judged. */
  judgedAt = 0
  /** The session is held until it is released. */
  lock: SessionLock | undefined
  readonly #settings: Lifetimes & { readonly clock: () => number }

  constructor(calls: StoreCalls, settings: Lifetimes & { readonly clock: () => number }) {
    this.calls = calls
    this.#settings = settings
  }

  get shared(): SharedStore {
    return sharedStore(this.calls.store)
  }

  read(id: string): MaybePromise<Found> {
    return chain(this.calls.get(id), (stored) => this.#judge(id, stored))
  }

  /** Takes the lock of a record, and reads it again when it is ours, as others may have written meanwhile. */
  async readAlone(id: string, plan: LockPlan): Promise<Found> {
    let found = await this.read(id)
    if (isGone(found)) return found
    const lock = await this.shared.locks.take(id, plan, this.calls.patience)
    try {
      found = await this.read(id)
      if (!isGone(found)) this.lock = lock
      return found
    } finally {
      if (!this.lock) await lock.release()
    }
  }

  /** Runs work while nobody else has the record. */
  async alone<T>(id: string, plan: LockPlan, work: () => Promise<T>): Promise<T> {
    const lock = await this.shared.locks.take(id, plan, this.calls.patience)
    try {
      return await work()
    } finally {
      await lock.release()
    }
  }

  /** The middleware alone decides what is alive; a store may return what has expired. */
  #judge(id: string, stored: Stored | undefined | CorruptRecordError): Found {
    if (stored instanceof CorruptRecordError) return corrupt(stored)
    if (!stored || parseIndex(stored.data) !== undefined) return MISSING
    let record: SessionRecord | Tombstone
    try {
      record = parseRecord(id, stored)
    } catch (error) {
      return corrupt(error)
    }
    const now = this.#settings.clock()
    this.judgedAt = now
    if (isTombstone(record))
      return now <= record.endedAt + TOMBSTONE_LIFE ? { why: 'ended', tombstone: record } : MISSING
    const until = Math.min(record.expiresAt, absoluteDeadline(record.meta, this.#settings))
    return now <= until ? record : EXPIRED
  }

  /** A new record, or `undefined` when there is one under this id already. */
  create(id: string, meta: Meta, lines: string, expiresAt: number): MaybePromise<SessionRecord | undefined> {
    return chain(this.calls.set(id, formatRecord(meta, lines), expiresAt, 'absent'), (answer) => {
      if (answer instanceof CorruptRecordError) throw answer
      return answer.ok ? { id, version: answer.version, expiresAt, meta, lines } : undefined
    })
  }

  /** Replaces exactly this record. */
  replace(
    record: SessionRecord,
    meta: Meta,
    lines: string,
    expiresAt: number,
    now: number,
  ): MaybePromise<Written> {
    return this.#swap(record, formatRecord(meta, lines), expiresAt, now, meta, lines)
  }

  /** Puts a tombstone in the place of exactly this record. */
  bury(record: SessionRecord, endReason: string | undefined, moved: boolean): MaybePromise<Written> {
    const endedAt = this.#settings.clock()
    const data = formatTombstone({ endedAt, endReason, moved })
    return this.#swap(record, data, endedAt + TOMBSTONE_LIFE, endedAt)
  }

  /** Moves the deadline of exactly this record. */
  touch(record: SessionRecord, until: number, now: number): MaybePromise<Written> {
    const { id, version } = record
    return chain(this.#there(record, now), (there): MaybePromise<Written> => {
      if (!isSame(there, version)) return { instead: there }
      return chain(this.calls.touch(id, until, version), (touched): MaybePromise<Written> => {
        if (touched === true) return { done: { ...there, expiresAt: Math.max(until, there.expiresAt) } }
        return chain(this.read(id), (instead) => ({ instead: isSame(instead, version) ? MISSING : instead }))
      })
    })
  }

  delete(id: string): MaybePromise<unknown> {
    return this.calls.delete(id)
  }

  /** Puts the text in the place of exactly this record. `meta`, `lines`: those of the record that the text is of. */
  #swap(
    record: SessionRecord,
    data: string,
    expiresAt: number,
    now: number,
    meta: Meta = record.meta,
    lines: string = record.lines,
  ): MaybePromise<Written> {
    const { id, version } = record
    const { atomic } = this.calls.store.capabilities
    return chain(atomic ? this.#there(record, now) : this.read(id), (there): MaybePromise<Written> => {
      if (!isSame(there, version)) return { instead: there }
      const set = this.calls.set(id, data, expiresAt, atomic ? { version } : 'present')
      return chain(set, (answer): MaybePromise<Written> => {
        if (answer instanceof CorruptRecordError) return { instead: corrupt(answer) }
        if (answer.ok) return { done: { id, version: answer.version, expiresAt, meta, lines } }
        if (answer.current) return { instead: this.#judge(id, answer.current) }
        return chain(this.read(id), (instead) => ({ instead }))
      })
    })
  }

  /** What keeps a session that ran out during this request from coming back, unless a parallel request has extended it. */
  #there(record: SessionRecord, now: number): MaybePromise<Found> {
    return now <= record.expiresAt ? record : this.read(record.id)
  }
}

export function isSame(found: Found, version: string): found is SessionRecord {
  return !isGone(found) && found.version === version
}

/** A record that cannot be read means that there is none; any other error is one. */
function corrupt(error: unknown): Gone {
  if (error instanceof CorruptRecordError) return { why: 'corrupt', error }
  throw error
}

import { CorruptRecordError, type StoreUnavailableError } from '../errors.ts'
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
import type { SetResult, Store, Stored } from '../stores/store.ts'
import { checkGet, checkSet, checkTouch } from './answers.ts'
import { guard, type GuardedStore } from './guarded-store.ts'
import { absoluteDeadline, type Lifetimes } from './lifetime.ts'
import type { Asker, Patience } from './patience.ts'
import type { LockPlan, SessionLock } from './session-lock.ts'

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
  readonly guarded: GuardedStore
  readonly patience: Patience | undefined
  tooLate: StoreUnavailableError | undefined
  /** The time when a record was last judged. */
  judgedAt = 0
  /** The session is held until it is released. */
  lock: SessionLock | undefined
  readonly #store: Store
  readonly #settings: Lifetimes & { readonly clock: () => number }

  constructor(
    guarded: GuardedStore,
    settings: Lifetimes & { readonly clock: () => number },
    patience?: Patience,
  ) {
    this.guarded = guarded
    this.patience = patience
    this.#store = guarded.store
    this.#settings = settings
  }

  read(id: string): MaybePromise<Found> {
    const judge = (stored: unknown): Found => this.#judge(id, checkGet(stored))
    return guard('get', this, () => this.#store.get(id), judge, corrupt)
  }

  /** Takes the lock of a record, and reads it again when it is ours, as others may have written meanwhile. */
  async readAlone(id: string, plan: LockPlan): Promise<Found> {
    let found = await this.read(id)
    if (isGone(found)) return found
    const lock = await this.guarded.locks.take(id, plan, this.patience)
    try {
      found = await this.read(id)
      if (!isGone(found)) this.lock = lock
      return found
    } finally {
      if (!this.lock) await lock.release()
    }
  }

  /** The middleware alone decides what is alive; a store may return what has expired. */
  #judge(id: string, stored: Stored | undefined): Found {
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
    const data = formatRecord(meta, lines)
    const set = (): MaybePromise<SetResult> => this.#store.set(id, data, expiresAt, 'absent')
    return guard('set', this, set, (answer) => {
      const result = checkSet(answer)
      return result.ok ? { id, version: result.version, expiresAt, meta, lines } : undefined
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
    return this.#swap(record, formatRecord(meta, lines), expiresAt, now, (version) => ({
      done: { id: record.id, version, expiresAt, meta, lines },
    }))
  }

  /** Puts a tombstone in the place of exactly this record. */
  bury(record: SessionRecord, endReason: string | undefined, moved: boolean): MaybePromise<Written> {
    const endedAt = this.#settings.clock()
    const data = formatTombstone({ endedAt, endReason, moved })
    return this.#swap(record, data, endedAt + TOMBSTONE_LIFE, endedAt, () => ({ done: record }))
  }

  /** Moves the deadline of exactly this record. */
  touch(record: SessionRecord, until: number, now: number): MaybePromise<Written> {
    const { id, version } = record
    return this.#ifThere(record, false, now, (there) => {
      const touch = (): MaybePromise<boolean> => this.#store.touch(id, until, version)
      return guard('touch', this, touch, (touched): MaybePromise<Written> => {
        if (checkTouch(touched)) return { done: { ...there, expiresAt: Math.max(until, there.expiresAt) } }
        return chain(this.read(id), (instead) => ({ instead: isSame(instead, version) ? MISSING : instead }))
      })
    })
  }

  delete(id: string): MaybePromise<boolean> {
    return guard('delete', this, () => this.#store.delete(id), Boolean)
  }

  #swap(
    record: SessionRecord,
    data: string,
    expiresAt: number,
    now: number,
    done: (version: string) => Written,
  ): MaybePromise<Written> {
    const { id, version } = record
    const { atomic } = this.#store.capabilities
    const set = (): MaybePromise<SetResult> =>
      this.#store.set(id, data, expiresAt, atomic ? { version } : 'present')
    const settle = (answer: unknown): MaybePromise<Written> => {
      const result = checkSet(answer)
      if (result.ok) return done(result.version)
      if (result.current) return { instead: this.#judge(id, result.current) }
      return chain(this.read(id), (instead) => ({ instead }))
    }
    const fail = (error: unknown): Written => ({ instead: corrupt(error) })
    return this.#ifThere(record, !atomic, now, () => guard('set', this, set, settle, fail))
  }

  /**
   * Looks, then writes: all that a store without atomic writes can do, and what keeps a session that ran out
   * during this request from coming back, unless a parallel request has extended it meanwhile.
   */
  #ifThere(
    record: SessionRecord,
    look: boolean,
    now: number,
    write: (there: SessionRecord) => MaybePromise<Written>,
  ): MaybePromise<Written> {
    if (!look && now <= record.expiresAt) return write(record)
    return chain(this.read(record.id), (found) =>
      isSame(found, record.version) ? write(found) : { instead: found },
    )
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

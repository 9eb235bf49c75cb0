import { type Changes, hasChanges } from '../draft/draft.ts'
import { headersLeft } from '../http/response.ts'
import { headersSent } from './guards.ts'
import { chain, type MaybePromise } from '../maybe-promise.ts'
import { isGone, type Records } from '../persistence/records.ts'
import { Retry } from '../persistence/retry.ts'
import { type Meta, NO_LINES, type SessionRecord } from '../record.ts'
import type { ConcurrencyPlan } from './concurrency.ts'
import type { Credential, Identity } from './credential.ts'
import type { Life } from './life.ts'
import { idTaken, lockLost, reportDropped, sessionGone } from './loss.ts'
import { begin, overtake } from './transitions.ts'

/** How often a collision of new ids is answered with another id. */
const MOST_DRAWS = 3

/**
 * Stores what this request has changed, or moves the deadline when that is nothing. Runs through at once with
 * a store that answers at once. `false`: the session has ended meanwhile, and the changes were dropped.
 */
export function write(
  life: Life,
  records: Records,
  plan: ConcurrencyPlan,
  changes: Changes | undefined,
): MaybePromise<boolean> {
  if (life.overtaken) {
    if (changes) reportDropped(life, changes)
    return false
  }
  const { record } = life
  if (!record) return changes ? create(life, records, changes) : true
  if (changes && hasChanges(changes)) return replace(life, records, plan, changes, record)
  const until = life.deadlineOf(record)
  // A later deadline that cannot leave with the headers any more is no loss of data.
  if (until <= record.expiresAt || (life.credential.sealed && headersLeft(life.ctx))) return true
  return touch(life, records, record, until)
}

/**
 * Stores what this request has changed, for somebody who waits for it. That a session has ended is an error only
 * if something is lost by it: Passport saves at logout, and two clicks end one session.
 *
 * @throws ConflictError
 */
export async function save(life: Life, records: Records, plan: ConcurrencyPlan): Promise<void> {
  const changes = life.draft.changes()
  if (life.overtaken && !hasChanges(changes)) return
  if (life.overtaken || !(await write(life, records, plan, changes))) throw sessionGone(life.credential.id)
}

/** A new record; none for a session without anything in it, unless `force` says so. */
export function create(life: Life, records: Records, changes: Changes, force = false): MaybePromise<boolean> {
  const { draft } = life
  let last = changes
  let { lines } = draft.apply(last)
  if (!force && lines === NO_LINES && !last.lifetimes) return true
  if (life.promisedUntil === undefined && headersLeft(life.ctx)) throw headersSent()
  if (begin(life, draft)) {
    last = draft.changes()
    lines = draft.apply(last).lines
  }
  const { credential, now } = life
  const meta = draft.applyMeta(last, { createdAt: now, updatedAt: now }, now)
  const inserted = insert(
    records,
    credential,
    credential.identity,
    meta,
    lines,
    life.extension.anew(meta, now),
  )
  return chain(inserted, ({ record, identity }) => {
    if (!credential.sealed) credential.take(identity)
    draft.committed(record, last)
    life.emit('session:created')
    return true
  })
}

/** Stores a new record, under another id when there is one already. */
export function insert(
  records: Records,
  credential: Credential,
  identity: Identity,
  meta: Meta,
  lines: string,
  until: number,
  draws = 1,
): MaybePromise<{ readonly record: SessionRecord; readonly identity: Identity }> {
  return chain(records.create(identity.id, meta, lines, until), (record) => {
    if (record) return { record, identity }
    if (draws === MOST_DRAWS) throw idTaken()
    return insert(records, credential, credential.draw(), meta, lines, until, draws + 1)
  })
}

/** `newest`: what stands in the store now, where that is another record than the one that was loaded. */
function replace(
  life: Life,
  records: Records,
  plan: ConcurrencyPlan,
  changes: Changes,
  newest: SessionRecord,
  retry?: Retry,
): MaybePromise<boolean> {
  const { draft, now } = life
  const merging = retry !== undefined && plan.mode === 'merge'
  const { lines, conflicts } = merging
    ? draft.apply(changes, newest, plan.resolve)
    : retry
      ? draft.applyInstead(changes, newest)
      : draft.apply(changes)
  const meta = draft.applyMeta(changes, merging ? newest.meta : draft.record!.meta, now)
  const until = life.deadlineAfter(changes, { ...newest, meta })
  return chain(records.replace(newest, meta, lines, until), (written): MaybePromise<boolean> => {
    if ('done' in written) {
      if (retry) draft.rebase(written.done, changes, lines, true)
      else draft.committed(written.done, changes)
      if (conflicts.length > 0) life.emit('session:conflict', { keys: conflicts })
      return true
    }
    const { instead } = written
    if (isGone(instead)) {
      overtake(life, newest.id, instead)
      reportDropped(life, changes)
      return false
    }
    if (plan.mode === 'lock') throw lockLost(newest.id)
    const again = retry ?? new Retry()
    const pause = again.next(newest.id)
    const next = (): MaybePromise<boolean> => replace(life, records, plan, changes, instead, again)
    return chain(pause, next)
  })
}

/** Moves the deadline. `false`: the session has ended meanwhile. */
export function touch(
  life: Life,
  records: Records,
  newest: SessionRecord,
  until: number,
  retry: Retry = new Retry(),
): MaybePromise<boolean> {
  const { draft } = life
  return chain(records.touch(newest, until), (written): MaybePromise<boolean> => {
    if ('done' in written) {
      if (draft.record) draft.record = { ...draft.record, expiresAt: written.done.expiresAt }
      return true
    }
    const { instead } = written
    if (isGone(instead)) {
      overtake(life, newest.id, instead)
      return false
    }
    const next = (): MaybePromise<boolean> => touch(life, records, instead, life.deadlineOf(instead), retry)
    const pause = retry.next(newest.id)
    return chain(pause, next)
  })
}

import { type Changes, hasChanges } from '../draft/draft.ts'
import { headersLeft } from '../http/response.ts'
import { chain, type MaybePromise } from '../maybe-promise.ts'
import type { Merged } from '../draft/merge.ts'
import { isGone, type Records } from '../persistence/records.ts'
import { insist } from '../persistence/retry.ts'
import { NO_LINES, type SessionRecord } from '../record.ts'
import type { Credential } from './credential.ts'
import { type Dated, datedAfter, deadlineOf } from './extension.ts'
import type { Life, Persisted } from './life.ts'
import { headersSent, idTaken, lockLost } from './refusals.ts'
import { begin, noteOvertaken } from './transitions.ts'

/** How often a collision of new ids is answered with another id. */
const MOST_DRAWS = 3

/**
 * Stores what this request has changed, or moves the deadline when that is nothing. Runs through at once with
 * a store that answers at once. `false`: the session has ended meanwhile, and the changes were dropped.
 */
export function write(life: Persisted, changes: Changes | undefined): MaybePromise<boolean> {
  if (life.overtaken) {
    if (changes) reportDropped(life, changes)
    return false
  }
  const { record } = life
  if (!record) return changes ? create(life, changes) : true
  if (changes && hasChanges(changes)) return replace(life, record, changes)
  const until = deadlineOf(life, record, life.now)
  // A later deadline that cannot leave with the headers any more is no loss of data.
  if (until <= record.expiresAt || (life.credential.sealed && headersLeft(life.ctx))) return true
  return touch(life, record)
}

/** A new record; none for a session without anything in it, unless `force` says so. */
export function create(life: Persisted, changes: Changes, force = false): MaybePromise<boolean> {
  const { draft, now } = life
  let last = changes
  let { lines } = draft.apply(last)
  if (!force && lines === NO_LINES && !last.lifetimes) return true
  if (life.promisedUntil === undefined && headersLeft(life.ctx)) throw headersSent()
  if (begin(life)) {
    last = draft.changes()
    lines = draft.apply(last).lines
  }
  const dated = datedAfter(life, draft, last, now)
  return chain(insert(life.records, life.credential, dated, lines), (record) => {
    draft.committed(record, last)
    life.emit('session:created')
    return true
  })
}

/** Stores a new record, under another id when there is one already. */
export function insert(
  records: Records,
  credential: Credential,
  { meta, expiresAt }: Dated,
  lines: string,
  draws = 1,
): MaybePromise<SessionRecord> {
  return chain(records.create(credential.id, meta, lines, expiresAt), (record) => {
    if (record) return record
    if (draws === MOST_DRAWS) throw idTaken()
    credential.drop()
    return insert(records, credential, { meta, expiresAt }, lines, draws + 1)
  })
}

function replace(life: Persisted, record: SessionRecord, changes: Changes): MaybePromise<boolean> {
  const { draft, records } = life
  const { mode, resolve } = life.plan
  let merged: Merged
  let conflicted = false
  const written = insist(record, (newest, again) => {
    if (again && mode === 'lock') throw lockLost(record.id)
    conflicted = again
    const merging = again && mode === 'merge'
    if (merging) merged = draft.apply(changes, newest, resolve)
    else merged = again ? draft.applyInstead(changes, newest) : draft.apply(changes)
    const { now } = life
    const base = again && !merging ? { ...newest, meta: draft.record!.meta } : newest
    const { meta, expiresAt } = datedAfter(life, draft, changes, now, base)
    return records.replace(newest, meta, merged.lines, expiresAt, now)
  })
  return chain(written, (found) => {
    if (isGone(found)) {
      noteOvertaken(life, record.id, found)
      reportDropped(life, changes)
      return false
    }
    const { conflicts } = merged
    if (conflicted) draft.rebase(found, changes)
    else draft.committed(found, changes)
    if (conflicts.length > 0) life.emit('session:conflict', { keys: conflicts })
    return true
  })
}

/** Moves the deadline. `false`: the session has ended meanwhile. */
export function touch(life: Persisted, record: SessionRecord): MaybePromise<boolean> {
  const { draft, records } = life
  const touched = insist(record, (newest) => {
    const { now } = life
    return records.touch(newest, deadlineOf(life, newest, now), now)
  })
  return chain(touched, (found) => {
    if (isGone(found)) noteOvertaken(life, record.id, found)
    else if (draft.record) draft.record = { ...draft.record, expiresAt: found.expiresAt }
    return !isGone(found)
  })
}

/** Says which changes are dropped, since the session has ended or moved meanwhile. */
function reportDropped(life: Life, changes: Changes): void {
  // Flash and lifetimes are changes too, though no key bears their name.
  if (!hasChanges(changes)) return
  life.emit('session:conflict', {
    keys: changes.lines.filter(({ kind }) => kind === 'd').map(({ name }) => name),
    ...(life.endReason !== undefined && { reason: life.endReason }),
  })
}

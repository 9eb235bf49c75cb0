import { Draft } from '../draft/draft.ts'
import type { Change } from '../draft/lines.ts'
import { merge } from '../draft/merge.ts'
import { chain, type MaybePromise } from '../maybe-promise.ts'
import { type Gone, isGone } from '../persistence/records.ts'
import type { SessionRecord } from '../record.ts'
import { noteEnd } from './ends.ts'
import type { Life, Persisted } from './life.ts'

/** How long a token that moved to a new id begins no session: a late answer must not overwrite the new cookie. */
const SILENT_FOR = 10_000

/** Opens the session: with the first token that has a live record, or as a new one. */
export function load(life: Persisted, index = 0): MaybePromise<void> {
  const token = life.tokens[index]
  if (token === undefined) return open(life)
  const id = life.credential.idOf(token)
  if (id === undefined) {
    life.emit('session:invalid')
    return load(life, index + 1)
  }
  const { plan, records } = life
  const reading = plan.mode === 'lock' ? records.readAlone(id, plan) : records.read(id)
  return chain(reading, (found): MaybePromise<void> => {
    if (!isGone(found)) return open(life, token, found)
    miss(life, id, found)
    if (!found.error) life.emit(found.why === 'expired' ? 'session:expired' : 'session:missed', { id })
    return load(life, index + 1)
  })
}

/** The session can be used from now on: as a new one, or with the live record of `token`. */
export function open(life: Life, token?: string, record?: SessionRecord): void {
  if (life.phase !== 'unloaded') return
  life.phase = 'open'
  if (token === undefined || !record) return
  life.overtaken = undefined
  life.endReason = undefined
  life.credential.take({ id: record.id, token })
  life.credential.delivered(record.expiresAt, record.meta.persistent)
  life.draft = new Draft(life, record)
}

/** No session for this request: an empty one stands in that cannot be written, and nothing is stored or sent. */
export function refuse(life: Life, reason?: string): void {
  life.endReason = reason ?? life.endReason
  life.phase = 'unavailable'
  life.draft = new Draft(life)
}

/**
 * A session that begins by a deliberate verb, though the client's token has just moved: a login that was
 * clicked twice. What was loaded from the old record stays there.
 */
export function beginAnew(life: Life): void {
  life.draft.forgetLoaded()
  life.overtaken = undefined
  life.endReason = undefined
  life.credential.drop()
}

/** The token of `id` stands for no live session, and why. */
export function miss(life: Life, id: string, gone: Gone): void {
  const { tombstone, error } = gone
  if (error) life.emit('session:corrupt', { id, reason: error.message })
  life.endReason = tombstone?.endReason ?? 'session expired'
  noteEnd(id, life.endReason)
  if (tombstone?.moved === true && life.now < tombstone.endedAt + SILENT_FOR) life.overtaken = 'moved'
}

/** The session that this request has loaded lives no more. */
export function noteOvertaken(life: Life, id: string, gone: Gone): void {
  life.overtaken = undefined
  miss(life, id, gone)
  life.overtaken ??= 'ended'
}

/** Drops unsaved changes and shows what is stored now; nothing, if the session has ended. */
export function reset(life: Life, record?: SessionRecord): void {
  life.askedUntil = undefined
  life.released = []
  if (!record) life.credential.drop()
  if (life.expiresKeys) life.draft.expireKeys(life.now)
  life.draft.reset(record)
}

/** Goes on with a record that this request has not written, keeping unsaved changes save those that yield. */
export function showRecord(life: Persisted, record: SessionRecord, yielding: readonly Change[] = []): void {
  const { draft, plan } = life
  for (const { kind, name } of yielding) if (kind === 'd') draft.data.forget(name)
  const changes = draft.changes()
  const resolvers = plan.mode === 'merge' ? plan.resolve : undefined
  const { lines, conflicts } = draft.apply(changes, record, resolvers)
  draft.rebase(record, changes, lines)
  if (resolvers && conflicts.length > 0) life.emit('session:conflict', { keys: conflicts })
}

/** The lines of a record that begins, with what is written at that moment. */
export function withBeginning(life: Life, lines: string): string {
  const { draft, serializer } = life
  const { tick } = draft
  return begin(life) ? merge(serializer, lines, draft.changes(tick).lines).lines : lines
}

/** Runs what waits for a record to begin. `true`: it may have written. */
export function begin(life: Life): boolean {
  const { draft } = life
  if (life.begun === draft || life.beginnings.length === 0) return false
  life.begun = draft
  for (const fn of life.beginnings) fn()
  for (const name of life.released) draft.annotations.delete(name)
  return true
}

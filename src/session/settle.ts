import type { Draft } from '../draft/draft.ts'
import { StoreFullError } from '../errors.ts'
import { canTell } from '../http/response.ts'
import { type Found, isGone, type Records } from '../persistence/records.ts'
import { Retry } from '../persistence/retry.ts'
import { NO_LINES, type SessionRecord } from '../record.ts'
import type { Identity } from './credential.ts'
import { headersSent } from './guards.ts'
import type { Intention } from './intention.ts'
import type { Life } from './life.ts'
import { idTaken, sessionGone } from './loss.ts'
import { beginAnew, overtake } from './transitions.ts'
import { showRecord, withBeginning } from './update.ts'
import { MOST_DRAWS } from './writing.ts'

/** Carries out what the verbs have decided, in order. What fails stays, for the commit to try again. */
export async function settleIntentions(life: Life, records: Records): Promise<void> {
  for (let first = life.intentions[0]; first; first = life.intentions[0]) {
    first.begun = true
    if (first.to) await move(life, records, first, first.to)
    else await end(life, records, first)
    life.intentions.shift()
  }
}

/** Ends the session of this request, and the others whose tokens the client showed. */
async function end(life: Life, records: Records, intention: Intention): Promise<void> {
  const { from, reason } = intention
  let failure: { readonly error: unknown } | undefined
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      failure ??= { error }
    }
  }
  await attempt(async () => {
    // For good: a session that begins anew meanwhile is another one.
    intention.lost ||= !from.record && life.overtaken === 'moved'
    if (intention.lost) throw sessionGone(life.credential.id)
    if (from.record) await endRecord(life, records, from.record, reason)
    from.record = undefined
  })
  for (const token of intention.others) {
    await attempt(async () => {
      const id = life.credential.idOf(token)
      const found = id === undefined ? undefined : await records.read(id)
      if (found && !isGone(found)) await endRecord(life, records, found, reason)
      intention.others = intention.others.filter((other) => other !== token)
    })
  }
  if (failure) throw failure.error
  life.credential.dead = true
}

async function endRecord(
  life: Life,
  records: Records,
  record: SessionRecord,
  reason: string | undefined,
): Promise<void> {
  let newest = record
  for (const retry = new Retry(); !life.credential.sealed; await retry.next(record.id)) {
    const instead = await buryOrDelete(records, newest, reason)
    if (instead && isGone(instead) && instead.error)
      life.emit('session:corrupt', { id: record.id, reason: instead.error.message })
    if (instead && !isGone(instead)) newest = instead
    else if (instead?.tombstone?.moved === true) {
      // It goes on under an id that is not known here: neither a success, nor a cookie to be cleared.
      life.overtaken = 'moved'
      throw sessionGone(record.id)
    } else break
  }
  life.emit('session:destroyed', { id: record.id, ...(reason !== undefined && { reason }) })
}

/** A full store has no room for a tombstone: then a live record goes without one, for go it must. */
async function buryOrDelete(
  records: Records,
  record: SessionRecord,
  reason: string | undefined,
): Promise<Found | undefined> {
  try {
    const written = await records.bury(record, reason, false)
    return 'instead' in written ? written.instead : undefined
  } catch (error) {
    if (!(error instanceof StoreFullError)) throw error
    const there = await records.read(record.id)
    if (isGone(there)) return there
    await records.delete(record.id)
    return undefined
  }
}

/**
 * Puts what goes along under a new id, then a tombstone under the old one. When the old record turns out to
 * have changed, the newer one is taken over first, so nothing that was acknowledged is lost.
 */
async function move(life: Life, records: Records, intention: Intention, to: Draft): Promise<void> {
  const { from } = intention
  let newest = from.record
  if (!newest) return
  if (!canTell(life.ctx)) throw headersSent()
  intention.identity ??= identityFor(life, from, to)
  for (const retry = new Retry(); ; await retry.next(newest.id)) {
    intention.moved = await carry(life, records, intention, newest)
    if (life.credential.sealed) break
    const instead = await buryMoved(records, intention, newest)
    if (!instead) break
    if (isGone(instead)) {
      // A parallel request was faster.
      await discard(records, intention)
      overtake(life, newest.id, instead)
      if (life.overtaken === 'moved' && life.draft === to) beginAnew(life)
      return
    }
    newest = instead
  }
  goOn(life, intention, to)
}

/** Of a session that starts afresh, the id may have been asked for already. */
function identityFor({ credential, draft }: Life, from: Draft, to: Draft): Identity {
  if (to === from || draft !== to || credential.sealed) return credential.draw()
  return { id: credential.id, token: credential.token }
}

/** Stores what goes along under the new id: all of it, or the kept keys. */
async function carry(
  life: Life,
  records: Records,
  intention: Intention,
  newest: SessionRecord,
): Promise<SessionRecord | undefined> {
  const { from, to, keep, moved } = intention
  const whole = to === from
  let lines = whole ? newest.lines : from.kept(newest.lines, keep)
  if (lines === NO_LINES && !whole) {
    if (moved) {
      await records.delete(moved.id)
      // An id that was stored and deleted is not used again.
      intention.identity = life.credential.draw()
    }
    return undefined
  }
  const { now } = life
  if (!whole && life.draft === to) lines = withBeginning(life, lines)
  const meta = whole ? newest.meta : { createdAt: now, updatedAt: now }
  const until = whole ? life.deadlineOf(newest) : life.extension.anew(meta, now)
  if (!moved) {
    for (let draws = 1; draws <= MOST_DRAWS; draws++) {
      const created = await records.create(intention.identity!.id, meta, lines, until)
      if (created) return created
      intention.identity = life.credential.draw()
    }
    throw idTaken()
  }
  const replaced = await records.replace(moved, meta, lines, until)
  if ('done' in replaced) return replaced.done
  throw sessionGone(moved.id)
}

/** What stands under the old id instead of the record that moves; nothing, when its tombstone does. */
async function buryMoved(
  records: Records,
  intention: Intention,
  newest: SessionRecord,
): Promise<Found | undefined> {
  const { unsure } = intention
  intention.unsure = true
  const written = await records.bury(newest, undefined, true)
  if ('done' in written) return undefined
  const { instead } = written
  // The tombstone of a try whose answer was lost.
  if (unsure && isGone(instead) && instead.tombstone?.moved === true) return undefined
  intention.unsure = false
  return instead
}

/** The request goes on with what has moved. */
function goOn(life: Life, { moved, identity }: Intention, to: Draft): void {
  const { credential, now } = life
  if (life.draft !== to) {
    // It was ended meanwhile, and is still to be told so under its new id.
    to.record = moved
    return
  }
  credential.dead = true
  if (!credential.sealed) credential.take(identity!)
  if (moved) return showRecord(life, moved)
  // Nothing of what was to go along is left: it merges with that like with any other record.
  const meta = { createdAt: now, updatedAt: now }
  showRecord(life, { id: credential.id, version: '', expiresAt: 0, meta, lines: NO_LINES })
  to.record = undefined
}

/** Takes back what a move has stored under the new id and the client will not hear of. */
export async function discard(records: Records, { moved }: Intention): Promise<void> {
  if (moved) await records.delete(moved.id)
}

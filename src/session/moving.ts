import { canTell } from '../http/response.ts'
import { isGone, type Written } from '../persistence/records.ts'
import { insist } from '../persistence/retry.ts'
import { NO_LINES, type SessionRecord } from '../record.ts'
import { datedNew, deadlineOf } from './extension.ts'
import { noteEnd } from './ends.ts'
import type { Intention, Move } from './intention.ts'
import type { Persisted } from './life.ts'
import { headersSent, sessionGone } from './refusals.ts'
import { beginAnew, noteOvertaken, showRecord, withBeginning } from './transitions.ts'
import { insert } from './writing.ts'

/**
 * Puts what goes along under a new id, then a tombstone under the old one. When the old record turns out to
 * have changed, the newer one is taken over first, so nothing that was acknowledged is lost.
 */
export async function moveSession(life: Persisted, move: Move): Promise<void> {
  const { from, to } = move
  const { record } = from
  if (!record) return
  if (!canTell(life.ctx)) throw headersSent()
  move.begun = true
  const left = await insist(record, async (newest) => {
    move.stored = await carry(life, move, newest)
    return life.credential.sealed ? { done: newest } : bury(life, move, newest)
  })
  if (!isGone(left)) {
    noteEnd(record.id)
    return goOn(life, move)
  }
  // A parallel request was faster.
  await discard(life, move)
  noteOvertaken(life, record.id, left)
  if (life.overtaken === 'moved' && life.draft === to) beginAnew(life)
}

/** Stores what goes along under the new id: all of it, or the kept keys. */
async function carry(life: Persisted, move: Move, newest: SessionRecord): Promise<SessionRecord | undefined> {
  const { from, to, keep, credential, stored } = move
  const { now, records } = life
  let { lines } = newest
  if (keep) {
    lines = from.kept(lines, keep)
    if (lines === NO_LINES) {
      await discard(life, move)
      // An id that was stored and deleted is not used again.
      if (stored) credential.drop()
      return undefined
    }
    if (life.draft === to) lines = withBeginning(life, lines)
  }
  const dated = keep ? datedNew(now) : newest
  const { meta } = dated
  const expiresAt = deadlineOf(life, dated, now)
  if (!stored) return insert(records, credential, { meta, expiresAt }, lines)
  const replaced = await records.replace(stored, meta, lines, expiresAt, now)
  if ('done' in replaced) return replaced.done
  throw sessionGone(stored.id)
}

async function bury({ records }: Persisted, move: Move, newest: SessionRecord): Promise<Written> {
  const { unsure } = move
  move.unsure = true
  const written = await records.bury(newest, undefined, true)
  if ('done' in written) return written
  const { instead } = written
  // The tombstone of a try whose answer was lost.
  if (unsure && isGone(instead) && instead.tombstone?.moved === true) return { done: newest }
  move.unsure = false
  return written
}

/** The request goes on with what has moved. */
function goOn(life: Persisted, { to, stored, credential }: Move): void {
  if (life.draft !== to) {
    // It was ended meanwhile, and is still to be told so under its new id.
    to.record = stored
    return
  }
  life.credential.dead = true
  if (!life.credential.sealed) life.credential.take(credential.identity)
  if (stored) return showRecord(life, stored)
  // Nothing of what was to go along is left: it merges with that like with any other record.
  showRecord(life, { ...datedNew(life.now), id: credential.id, version: '', lines: NO_LINES })
  to.record = undefined
}

/** Takes back what a move has stored under the new id and the client will not hear of. */
export async function discard({ records }: Persisted, intention: Intention): Promise<void> {
  if (intention.to && intention.stored) await records.delete(intention.stored.id)
}

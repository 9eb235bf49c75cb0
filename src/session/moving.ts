import type { Draft } from '../draft/draft.ts'
import { canTell } from '../http/response.ts'
import { isGone, type Records, type Written } from '../persistence/records.ts'
import { insist } from '../persistence/retry.ts'
import { NO_LINES, type SessionRecord } from '../record.ts'
import type { Identity } from './credential.ts'
import { deadlineAnew, deadlineOf } from './extension.ts'
import { noteEnd } from './ends.ts'
import type { Intention } from './intention.ts'
import type { Life } from './life.ts'
import { headersSent, sessionGone } from './refusals.ts'
import { beginAnew, overtake } from './transitions.ts'
import { showRecord, withBeginning } from './update.ts'
import { insert } from './writing.ts'

/**
 * Puts what goes along under a new id, then a tombstone under the old one. When the old record turns out to
 * have changed, the newer one is taken over first, so nothing that was acknowledged is lost.
 */
export async function moveSession(
  life: Life,
  records: Records,
  intention: Intention,
  to: Draft,
): Promise<void> {
  const { from } = intention
  const { record } = from
  if (!record) return
  if (!canTell(life.ctx)) throw headersSent()
  intention.identity ??= identityFor(life, from, to)
  const left = await insist(record, async (newest) => {
    intention.moved = await carry(life, records, intention, newest)
    return life.credential.sealed ? { done: newest } : buryMoved(records, intention, newest)
  })
  if (!isGone(left)) {
    noteEnd(record.id)
    return goOn(life, intention, to)
  }
  // A parallel request was faster.
  await discard(records, intention)
  overtake(life, record.id, left)
  if (life.overtaken === 'moved' && life.draft === to) beginAnew(life)
}

/** Of a session that starts afresh, the id may have been asked for already. */
function identityFor({ credential, draft }: Life, from: Draft, to: Draft): Identity {
  return to === from || draft !== to || credential.sealed ? credential.draw() : credential.identity
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
  let lines = whole ? newest.lines : from.kept(newest.lines, keep!)
  if (lines === NO_LINES && !whole) {
    await discard(records, intention)
    // An id that was stored and deleted is not used again.
    if (moved) intention.identity = life.credential.draw()
    return undefined
  }
  const { now } = life
  if (!whole && life.draft === to) lines = withBeginning(life, lines)
  const meta = whole ? newest.meta : { createdAt: now, updatedAt: now }
  const until = whole ? deadlineOf(life, newest, now) : deadlineAnew(life, meta, now)
  if (!moved) {
    const inserted = await insert(life, records, intention.identity!, meta, lines, until)
    intention.identity = inserted.identity
    return inserted.record
  }
  const replaced = await records.replace(moved, meta, lines, until)
  if ('done' in replaced) return replaced.done
  throw sessionGone(moved.id)
}

async function buryMoved(records: Records, intention: Intention, newest: SessionRecord): Promise<Written> {
  const { unsure } = intention
  intention.unsure = true
  const written = await records.bury(newest, undefined, true)
  if ('done' in written) return written
  const { instead } = written
  // The tombstone of a try whose answer was lost.
  if (unsure && isGone(instead) && instead.tombstone?.moved === true) return { done: newest }
  intention.unsure = false
  return written
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

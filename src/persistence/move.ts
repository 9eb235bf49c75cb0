import { Retry } from '../concurrency/retry.ts'
import { StoreFullError } from '../errors.ts'
import type { SessionRecord } from '../record.ts'
import type { Session } from '../session.ts'
import type { Carried, CarryOver } from '../session/persistence.ts'
import type { Identity } from '../session/credential.ts'
import { idTaken, sessionGone } from './loss.ts'
import type { Judgement, RecordKeeper } from './record-keeper.ts'

/**
 * Puts what is carried over under the new id, then ends the record under the old one. When that turns out to
 * have changed, the newer one is carried over first, so nothing that was acknowledged is lost.
 */
export async function moveRecord(
  session: Session,
  records: RecordKeeper,
  to: Identity,
  carryOver?: CarryOver,
): Promise<SessionRecord | undefined> {
  let newest = session.copy.record!
  let moved: SessionRecord | undefined
  for (const retry = new Retry(); ; await retry.next(newest.id)) {
    const carried = carryOver?.(newest)
    if (carried) moved = await carry(session, records, to, moved, newest, carried)
    else if (moved) {
      await records.delete(moved.id)
      moved = undefined
    }
    const instead = session.credential.sealed ? undefined : await records.bury(newest, undefined, true)
    if (!instead) return moved
    if (!instead.live) {
      // A parallel request was faster; what it left behind is the session.
      if (moved) await records.delete(moved.id)
      records.note(instead)
      session.barred = true
      return undefined
    }
    newest = instead.live
  }
}

async function carry(
  session: Session,
  records: RecordKeeper,
  to: Identity,
  moved: SessionRecord | undefined,
  newest: SessionRecord,
  { meta, body, until = session.deadline(false, newest) }: Carried,
): Promise<SessionRecord> {
  if (moved) {
    const replaced = await records.replace(moved, meta, body, until)
    if (replaced.done) return replaced.done
    throw sessionGone(session)
  }
  const created = await records.create(to, meta, body, until)
  if (created) return created
  throw idTaken()
}

/** Ends the records of the sessions that this request has ended. */
export async function settleEndings(session: Session, records: RecordKeeper): Promise<void> {
  for (let ending = session.endings[0]; ending; ending = session.endings[0]) {
    let { record } = ending
    // Neither a success, nor a cookie to be cleared.
    if (!record) throw sessionGone(session)
    for (const retry = new Retry(); !session.credential.sealed; await retry.next(record.id)) {
      const instead = await end(records, record, ending.reason)
      if (instead && !instead.live && instead.tombstone?.moved === true) {
        session.barred = true
        session.endings = [{ ...ending, record: undefined }, ...session.endings.slice(1)]
        throw sessionGone(session, record.id)
      }
      if (!instead?.live) break
      record = instead.live
    }
    session.endings = session.endings.slice(1)
    session.credential.dead = true
    session.emit('session:destroyed', {
      id: record.id,
      ...(ending.reason !== undefined && { reason: ending.reason }),
    })
  }
}

/** A full store has no room for a tombstone: then a live record goes without one, for go it must. */
async function end(
  records: RecordKeeper,
  record: SessionRecord,
  reason: string | undefined,
): Promise<Judgement | undefined> {
  try {
    return await records.bury(record, reason, false)
  } catch (error) {
    if (!(error instanceof StoreFullError)) throw error
    const there = await records.read(record.id)
    if (!there.live) return there
    await records.delete(record.id)
    return undefined
  }
}

import type { ConcurrencyPlan } from '../concurrency/options.ts'
import { Retry } from '../concurrency/retry.ts'
import type { Meta, SessionRecord } from '../record.ts'
import type { Session } from '../session.ts'
import { stringifyContent } from '../session/content.ts'
import { dropChanges, idTaken, lockLost } from './loss.ts'
import type { RecordKeeper } from './record-keeper.ts'

/** How often a collision of new ids is answered with another id. */
const MOST_DRAWS = 3

/** Stores what is in the session as a new record. */
export async function createRecord(session: Session, records: RecordKeeper): Promise<void> {
  const { copy, credential } = session
  if (!session.pledged) session.requireHeaders()
  const meta = session.newMeta()
  const body = copy.serialize()
  const until = session.deadline(true)
  for (let draw = 0; draw < MOST_DRAWS; draw++) {
    const record = await records.create(credential, meta, body, until)
    if (record) {
      copy.committed(record)
      session.emit('session:created')
      return
    }
    credential.take(credential.draw())
  }
  throw idTaken()
}

/**
 * Stores the changes of a session that is stored already, by the mode. `false`: it has ended meanwhile, and
 * they were dropped.
 */
export async function replaceRecord(
  session: Session,
  records: RecordKeeper,
  plan: ConcurrencyPlan,
  body: string,
): Promise<boolean> {
  const { copy } = session
  const until = session.deadline(true)
  const conflicts = new Set<string>()
  let target: SessionRecord = copy.record!
  let version = { ...copy.version, body, merged: false }
  for (const retry = new Retry(); ; await retry.next(target.id)) {
    const meta: Meta = { ...version.meta, updatedAt: session.now }
    const written = await records.replace(target, meta, version.body, until)
    if (written.done) {
      if (version.merged) copy.adopt(written.done, version)
      else copy.committed(written.done)
      if (conflicts.size > 0) session.emit('session:conflict', { keys: [...conflicts] })
      return true
    }
    if (!written.instead.live) {
      records.note(written.instead)
      dropChanges(session)
      return false
    }
    target = written.instead.live
    if (plan.mode === 'lock') throw lockLost(session)
    if (plan.mode === 'last-write') continue
    const merged = copy.mergeWith(target, plan.resolve)
    for (const key of merged.conflicts) conflicts.add(key)
    version = { ...merged, body: stringifyContent(session.serializer, merged.content), merged: true }
  }
}

/** Moves the deadline of the record. `false`: the session has ended meanwhile. */
export async function touchRecord(session: Session, records: RecordKeeper): Promise<boolean> {
  const record = session.copy.record!
  const until = session.deadline(false)
  if (until <= record.expiresAt) return true
  const judgement = await records.touch(record, until)
  if (judgement.live) session.copy.touched(until)
  else {
    records.note(judgement)
    session.barred = true
  }
  return judgement.live !== undefined
}

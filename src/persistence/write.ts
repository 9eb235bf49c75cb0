import type { ConcurrencyPlan } from '../concurrency/options.ts'
import { Retry } from '../concurrency/retry.ts'
import type { Merged } from '../concurrency/merge.ts'
import type { Meta } from '../record.ts'
import type { Session } from '../session.ts'
import { stringifyContent } from '../session/content.ts'
import { dropChanges, idTaken, lockLost } from './loss.ts'
import type { Judgement, RecordKeeper } from './record-keeper.ts'

/** How often a collision of new ids is answered with another id. */
const MOST_DRAWS = 3

/** Stores what is in the session as a new record. */
export async function createRecord(
  session: Session,
  records: RecordKeeper,
  body: string = session.copy.serialize(),
): Promise<void> {
  const { copy, credential } = session
  if (!session.pledged) session.requireHeaders()
  const meta = session.newMeta()
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
  const meta: Meta = { ...copy.currentMeta, updatedAt: session.now }
  const written = await records.replace(copy.record!, meta, body, until)
  if (!written.done) return reconcile(session, records, plan, { meta, body, until }, written.instead)
  copy.committed(written.done)
  return true
}

/** What to write. */
interface Writing {
  readonly meta: Meta
  readonly body: string
  readonly until: number
}

/** Others have written since the record was read: merges with what they wrote, or goes over it. */
async function reconcile(
  session: Session,
  records: RecordKeeper,
  plan: ConcurrencyPlan,
  mine: Writing,
  found: Judgement,
): Promise<boolean> {
  const { copy } = session
  const conflicts = new Set<string>()
  let instead = found
  let merged: Merged | undefined
  let mineThen = mine.body
  let { meta, body, until } = mine
  for (const retry = new Retry(); ; await retry.next(session.id)) {
    const { live } = instead
    if (!live) {
      records.note(instead)
      dropChanges(session)
      return false
    }
    if (plan.mode === 'lock') throw lockLost(session)
    if (plan.mode === 'merge') {
      mineThen = copy.serialize()
      merged = copy.mergeWith(live, plan.resolve)
      for (const key of merged.conflicts) conflicts.add(key)
      meta = { ...merged.meta, updatedAt: session.now }
      body = stringifyContent(session.serializer, merged.content)
      until = session.deadline(true, { ...live, meta })
    }
    const written = await records.replace(live, meta, body, until)
    if (written.done) {
      if (merged && copy.serialize() === mineThen) copy.adopt(written.done, merged)
      // Written to while the store was busy: that is not saved yet.
      else if (merged) copy.rebase(written.done, [], mineThen)
      else copy.committed(written.done)
      if (conflicts.size > 0) session.emit('session:conflict', { keys: [...conflicts] })
      return true
    }
    instead = written.instead
  }
}

/** Moves the deadline of the record. `false`: the session has ended meanwhile. */
export async function touchRecord(session: Session, records: RecordKeeper, asked = false): Promise<boolean> {
  const record = session.copy.record!
  const until = session.deadline(false)
  // Nothing to move; who asked by name is told all the same whether the session lives.
  if (until <= record.expiresAt && !asked) return true
  const judgement = await records.touch(record, until)
  if (judgement.live) session.copy.touched(judgement.live.expiresAt)
  else {
    records.note(judgement)
    session.barred = true
  }
  return judgement.live !== undefined
}

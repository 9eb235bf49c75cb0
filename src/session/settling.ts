import { StoreFullError } from '../errors.ts'
import { isGone, type Records, type Written } from '../persistence/records.ts'
import { insist } from '../persistence/retry.ts'
import type { SessionRecord } from '../record.ts'
import { noteEnd } from './ends.ts'
import type { Intention } from './intention.ts'
import type { Life } from './life.ts'
import { moveSession } from './moving.ts'
import { sessionGone } from './refusals.ts'

/** Carries out what the verbs have decided, in order. What fails stays, for the commit to try again. */
export async function settle(life: Life, records: Records): Promise<void> {
  for (let first = life.intentions[0]; first; first = life.intentions[0]) {
    first.begun = true
    if (first.to) await moveSession(life, records, first, first.to)
    else await endSessions(life, records, first)
    life.intentions = life.intentions.slice(1)
  }
}

/** Ends the session of this request, and the others that the client showed: each is tried, the first error counts. */
async function endSessions(life: Life, records: Records, intention: Intention): Promise<void> {
  const { from, reason } = intention
  const failures: unknown[] = []
  try {
    // For good: a session that begins anew meanwhile is another one.
    intention.lost ||= !from.record && life.overtaken === 'moved'
    if (intention.lost) throw sessionGone(life.credential.id)
    if (from.record) await endRecord(life, records, from.record, reason)
    from.record = undefined
  } catch (error) {
    failures.push(error)
  }
  for (const id of intention.others ?? []) {
    try {
      const found = await records.read(id)
      if (!isGone(found)) await endRecord(life, records, found, reason)
      intention.others = intention.others!.filter((other) => other !== id)
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
  life.credential.dead = true
}

async function endRecord(
  life: Life,
  records: Records,
  record: SessionRecord,
  reason: string | undefined,
): Promise<void> {
  const { id } = record
  if (!life.credential.sealed) {
    const left = await insist(record, (newest) => buryOrDelete(records, newest, reason))
    if (isGone(left) && left.error) life.emit('session:corrupt', { id, reason: left.error.message })
    if (isGone(left) && left.tombstone?.moved === true) {
      // It goes on under an id that is not known here: neither a success, nor a cookie to be cleared.
      life.overtaken = 'moved'
      throw sessionGone(id)
    }
  }
  noteEnd(id, reason)
  life.emit('session:destroyed', { id, ...(reason !== undefined && { reason }) })
}

/** A full store has no room for a tombstone: then a live record goes without one, for go it must. */
async function buryOrDelete(
  records: Records,
  record: SessionRecord,
  reason: string | undefined,
): Promise<Written> {
  try {
    return await records.bury(record, reason, false)
  } catch (error) {
    if (!(error instanceof StoreFullError)) throw error
    const there = await records.read(record.id)
    if (isGone(there)) return { instead: there }
    await records.delete(record.id)
    return { done: there }
  }
}

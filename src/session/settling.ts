import { isGone } from '../persistence/records.ts'
import type { SessionRecord } from '../record.ts'
import { endRecord, noteEnd } from './ends.ts'
import type { End } from './intention.ts'
import type { Persisted } from './life.ts'
import { moveSession } from './moving.ts'
import { sessionGone } from './refusals.ts'

/** Carries out what the verbs have decided, in order. What fails stays, for the commit to try again. */
export async function carryOut(life: Persisted): Promise<void> {
  while (life.intentions.length > 0) {
    const first = life.intentions[0]!
    await (first.to ? moveSession(life, first) : endSessions(life, first))
    life.intentions = life.intentions.filter((one) => one !== first)
  }
}

/** Ends the session of this request, and the others that the client showed: each is tried, the first error counts. */
async function endSessions(life: Persisted, intention: End): Promise<void> {
  const { from, reason, others } = intention
  // For good: a session that begins anew meanwhile is another one.
  intention.lost ||= !from.record && life.overtaken === 'moved'
  const failures: unknown[] = intention.lost ? [sessionGone(life.credential.id)] : []
  for (const one of [from, ...others]) {
    try {
      const found = typeof one === 'string' ? await life.records.read(one) : one.record
      if (found && !isGone(found)) await endOnStore(life, found, reason)
      if (typeof one === 'string') others.delete(one)
      else one.record = undefined
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
  life.credential.dead = true
}

async function endOnStore(life: Persisted, record: SessionRecord, reason?: string): Promise<void> {
  const { id } = record
  if (life.credential.sealed) noteEnd(id, reason)
  else {
    const gone = await endRecord(life.records, record, reason)
    if (gone?.error) life.emit('session:corrupt', { id, reason: gone.error.message })
    if (gone?.tombstone?.moved === true) {
      // It goes on under an id that is not known here: neither a success, nor a cookie to be cleared.
      life.overtaken = 'moved'
      throw sessionGone(id)
    }
  }
  life.emit('session:destroyed', { id, ...(reason !== undefined && { reason }) })
}

import { StoreFullError } from '../errors.ts'
import { type Found, isGone, type Records } from '../persistence/records.ts'
import { Retry } from '../persistence/retry.ts'
import type { SessionRecord } from '../record.ts'
import { noteEnd } from './ends.ts'
import type { Intention } from './intention.ts'
import type { Life } from './life.ts'
import { sessionGone } from './loss.ts'

/** Ends the session of this request, and the others whose tokens the client showed. */
export async function endSessions(life: Life, records: Records, intention: Intention): Promise<void> {
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
  noteEnd(life.settings.app, record.id, reason)
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

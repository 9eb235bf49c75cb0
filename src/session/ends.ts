import { StoreFullError } from '../errors.ts'
import { type Gone, isGone, type Records, type Written } from '../persistence/records.ts'
import { insist } from '../persistence/retry.ts'
import type { SessionRecord } from '../record.ts'

type Listener = (reason: string | undefined) => void

/** By the ids of sessions. An id is drawn once, so nobody needs to say of which application it is. */
const watched = new Map<string, Set<Listener>>()

/** Calls back when this process learns that the session of an id lives no more. Returns what ends the watch. */
export function watchEnd(id: string, listener: Listener): () => void {
  const listeners = watched.get(id) ?? new Set()
  watched.set(id, listeners.add(listener))
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0 && watched.get(id) === listeners) watched.delete(id)
  }
}

/** The session of an id was ended, has moved, or turned out to be gone. Who watches is told when this work is done. */
export function noteEnd(id: string, reason?: string): void {
  const listeners = watched.get(id)
  if (listeners) for (const listener of listeners) queueMicrotask(() => listener(reason))
}

/**
 * Puts a tombstone in the place of a live record, whatever the requests of the session are doing. Returns what stood
 * there instead, when it lived no more.
 */
export async function endRecord(
  records: Records,
  record: SessionRecord,
  reason: string | undefined,
): Promise<Gone | undefined> {
  const found = await insist(record, (newest) => buryOrDelete(records, newest, reason))
  const gone = isGone(found) ? found : undefined
  if (gone?.tombstone?.moved !== true) noteEnd(record.id, reason)
  return gone
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

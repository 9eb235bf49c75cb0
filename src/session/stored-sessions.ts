import { lineOf } from '../draft/lines.ts'
import { chain, type MaybePromise } from '../maybe-promise.ts'
import { isGone, Records } from '../persistence/records.ts'
import { sharedStore } from '../persistence/shared-store.ts'
import { StoreCalls } from '../persistence/store-calls.ts'
import type { Store } from '../stores/store.ts'
import { endRecord } from './ends.ts'

/** A live session as its record shows it, outside of its requests. Instants in milliseconds since the epoch. */
export interface StoredSession {
  readonly createdAt: number
  /** The last save of data. */
  readonly updatedAt: number
  readonly expiresAt: number
  /** The session's own idle timeout in milliseconds, `false` for none; `undefined` where it follows the options. */
  readonly idleTimeout: number | false | undefined
  /** The text of an annotation as the serializer wrote it; `undefined` where there is none. */
  readonly annotationText: (name: string) => string | undefined
}

/** The session whose record stands under the id; `undefined` when no live one does. */
export function storedSession(
  store: Store,
  id: string,
  now: number = Date.now(),
): MaybePromise<StoredSession | undefined> {
  return chain(recordsOf(store, now).read(id), (found) => {
    if (isGone(found)) return undefined
    const { meta, expiresAt, lines } = found
    const { createdAt, updatedAt, idleTimeout } = meta
    const annotationText = (name: string): string | undefined => lineOf(lines, 'a', name)
    return { createdAt, updatedAt, expiresAt, idleTimeout, annotationText }
  })
}

/**
 * Ends the session of an id, whoever's it is, and whatever its requests are doing: a tombstone with the reason takes
 * the place of its record for a minute. `'gone'`: no live session is there; `'moved'`: it went on under another id.
 *
 * @throws StoreUnavailableError when the record could not be ended.
 */
export async function endStoredSession(
  store: Store,
  id: string,
  reason: string,
  now: number = Date.now(),
): Promise<'ended' | 'gone' | 'moved'> {
  const records = recordsOf(store, now)
  const found = await records.read(id)
  const gone = isGone(found) ? found : await endRecord(records, found, reason)
  if (!gone) return 'ended'
  return gone.tombstone?.moved === true ? 'moved' : 'gone'
}

/** The options of the sessions are not known here; each record says itself until when it lives. */
function recordsOf(store: Store, now: number): Records {
  const settings = { idleTimeout: false, absoluteTimeout: false, clock: () => now } as const
  return new Records(new StoreCalls(sharedStore(store).store), settings)
}

import { setTimeout as delay } from 'node:timers/promises'
import { ConflictError } from '../errors.ts'
import { chain, type MaybePromise } from '../maybe-promise.ts'
import type { SessionRecord } from '../record.ts'
import { Turns } from '../turns.ts'
import { type Found, type Gone, isGone } from './records.ts'
import { LONGEST_TURN } from './shared-store.ts'

/** Tries before a conflict is given up: far beyond what fair contention needs. */
const MOST_TRIES = 100
const SHORTEST_PAUSE = 2
const LONGEST_PAUSE = 32

/**
 * What to wait for before the next try of a write that met a conflict, if anything, with full jitter. `tries`: how
 * many there were.
 *
 * @throws ConflictError when there were enough.
 */
export function pause(id: string, tries: number): MaybePromise<void> {
  if (tries >= MOST_TRIES) {
    throw new ConflictError(
      `Session ${id} was changed by other requests at each of ${MOST_TRIES} tries to save it.`,
    )
  }
  // The try after a pause knows what was stored before it, and under contention only learns what is there
  // now; a pause after that would make it stale again. So every other try, the first too, follows at once.
  if (tries % 2 === 1) return undefined
  return delay(Math.random() * Math.min(LONGEST_PAUSE, SHORTEST_PAUSE * 2 ** tries))
}

/** Who met two conflicts waits behind the others of this process that did, instead of contending with them. */
const line = new Turns(LONGEST_TURN)

/**
 * Writes over what stands in the store, again over the record of another request that was faster, until it is done
 * or no session lives there. `newest`: what is to be written over; only a session that is new has nothing there.
 */
export function insist<Newest extends SessionRecord | undefined>(
  newest: Newest,
  write: (
    newest: Newest | SessionRecord,
    again: boolean,
  ) => MaybePromise<{ readonly done: Newest | SessionRecord } | { readonly instead: Found }>,
  tries = 1,
): MaybePromise<Newest | SessionRecord | Gone> {
  return chain(write(newest, tries > 1), (written) => {
    if ('done' in written) return written.done
    const { instead } = written
    if (isGone(instead)) return instead
    const again = (): MaybePromise<Newest | SessionRecord | Gone> =>
      insist<Newest | SessionRecord>(instead, write, tries + 1)
    return tries === 2 ? line.take(instead.id, async () => again()) : chain(pause(instead.id, tries), again)
  })
}

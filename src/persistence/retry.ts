import { setTimeout as delay } from 'node:timers/promises'
import { ConflictError } from '../errors.ts'
import { chain, type MaybePromise } from '../maybe-promise.ts'
import type { SessionRecord } from '../record.ts'
import { type Found, type Gone, isGone } from './records.ts'

/** Tries before a conflict is given up: far beyond what fair contention needs. */
const MOST_TRIES = 100
const SHORTEST_PAUSE = 2
const LONGEST_PAUSE = 32

/** Spaces the tries of a write that met a conflict, with full jitter, and ends them. */
export class Retry {
  #tries = 0

  /** What to wait for before the next try, if anything. @throws ConflictError when there were enough. */
  next(id: string): MaybePromise<void> {
    this.#tries += 1
    if (this.#tries >= MOST_TRIES) {
      throw new ConflictError(
        `Session ${id} was changed by other requests at each of ${MOST_TRIES} tries to save it.`,
      )
    }
    // The try after a pause knows what was stored before it, and under contention only learns what is there
    // now; a pause after that would make it stale again. So every other try, the first too, follows at once.
    if (this.#tries % 2 === 1) return undefined
    return delay(Math.random() * Math.min(LONGEST_PAUSE, SHORTEST_PAUSE * 2 ** Math.min(this.#tries, 5)))
  }
}

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
  retry?: Retry,
): MaybePromise<Newest | SessionRecord | Gone> {
  return chain(write(newest, retry !== undefined), (written) => {
    if ('done' in written) return written.done
    const { instead } = written
    if (isGone(instead)) return instead
    const next = retry ?? new Retry()
    return chain(next.next(instead.id), () => insist<Newest | SessionRecord>(instead, write, next))
  })
}

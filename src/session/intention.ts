import type { Draft } from '../draft/draft.ts'
import type { SessionRecord } from '../record.ts'
import type { Identity } from './credential.ts'

/** Which keys go along into a session that starts afresh. */
export type Keep = (name: string) => boolean

export const KEEP_NONE: Keep = () => false

/**
 * What a verb has decided about a stored session and the store does not know yet: the verb carries it out, or
 * else the commit.
 */
export class Intention {
  /** The session that ends under its present id. */
  readonly from: Draft
  /** Where it goes on: the same draft under a new id, or another one; `undefined`: nowhere. */
  readonly to: Draft | undefined
  /** What goes along into another draft. */
  readonly keep: Keep
  readonly reason: string | undefined
  #others: readonly string[]
  /** The store has been asked, so nothing can be taken back any more. */
  begun = false
  /** The new id, and what is stored under it already. */
  identity: Identity | undefined
  moved: SessionRecord | undefined
  /** The session went on under an id that this request does not know, so it cannot be ended from here. */
  lost: boolean
  /** The store may have written the tombstone without having been able to say so. */
  unsure = false

  constructor(
    from: Draft,
    to?: Draft,
    keep: Keep = KEEP_NONE,
    reason?: string,
    others: readonly string[] = [],
    lost = false,
  ) {
    this.from = from
    this.to = to
    this.keep = keep
    this.reason = reason
    this.#others = others
    this.lost = lost
  }

  /** Other tokens that the client showed, whose sessions end with this one. No inspection shows them. */
  get others(): readonly string[] {
    return this.#others
  }

  set others(left: readonly string[]) {
    this.#others = left
  }
}

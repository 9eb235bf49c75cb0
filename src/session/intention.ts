import type { Draft } from '../draft/draft.ts'
import type { SessionRecord } from '../record.ts'
import type { Identity } from './credential.ts'

/**
 * What a verb has decided about a stored session and the store does not know yet: the verb carries it out, or
 * else the commit.
 */
export interface Intention {
  /** The session that ends under its present id. */
  readonly from: Draft
  /** Where it goes on: the same draft under a new id, or another one; absent: nowhere. */
  readonly to?: Draft
  /** What goes along into another draft. */
  readonly keep?: Keep
  readonly reason?: string | undefined
  /** Other sessions that the client showed, which end with this one. */
  others?: readonly string[]
  /** The session went on under an id that this request does not know, so it cannot be ended from here. */
  lost?: boolean
  /** The store has been asked, so nothing can be taken back any more. */
  begun?: boolean
  /** The new id, and what is stored under it already. */
  identity?: Identity
  moved?: SessionRecord | undefined
  /** The store may have written the tombstone without having been able to say so. */
  unsure?: boolean
}

/** Which keys go along into a session that starts afresh. */
export type Keep = (name: string) => boolean

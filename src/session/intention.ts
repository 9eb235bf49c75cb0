import type { Draft } from '../draft/draft.ts'
import type { SessionRecord } from '../record.ts'
import type { Identity } from './credential.ts'

/**
 * What a verb has decided about a stored session and the store does not know yet: the verb carries it out, or
 * else the commit.
 */
export interface Intention {
  /** The session that ends under its present id. */
  from: Draft
  /** Where it goes on: the same draft under a new id, or another one; `undefined`: nowhere. */
  readonly to: Draft | undefined
  /** What goes along into another draft. */
  readonly keep: (name: string) => boolean
  readonly reason: string | undefined
  /** Other tokens that the client showed, whose sessions end with this one. */
  others: readonly string[]
  /** The store has been asked, so nothing can be taken back any more. */
  begun: boolean
  /** The new id, and what is stored under it already. */
  identity: Identity | undefined
  moved: SessionRecord | undefined
  /** The session went on under an id that this request does not know, so it cannot be ended from here. */
  lost: boolean
  /** The store may have written the tombstone without having been able to say so. */
  unsure: boolean
}

export const KEEP_NONE = (): boolean => false

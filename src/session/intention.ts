import type { Draft } from '../draft/draft.ts'
import type { SessionRecord } from '../record.ts'
import type { Credential } from './credential.ts'

/**
 * What a verb has decided about a stored session and the store does not know yet: the verb carries it out, or
 * else the commit.
 */
export type Intention = Move | End

/** The session ends under its present id and goes on under a new one. */
export interface Move {
  readonly from: Draft
  /** The same draft, or another one. */
  readonly to: Draft
  /** What goes along into another draft. */
  readonly keep?: Keep | undefined
  /** The new id, and what is stored under it already. */
  readonly credential: Credential
  stored?: SessionRecord | undefined
  /** The store has been asked, so nothing can be taken back any more. */
  begun?: boolean
  /** The store may have written the tombstone without having been able to say so. */
  unsure?: boolean
}

/** The session ends, and goes on nowhere. */
export interface End {
  readonly from: Draft
  readonly to?: undefined
  readonly reason: string | undefined
  /** The ids of other sessions that the client showed, which end with this one. */
  readonly others: Set<string>
  /** The session went on under an id that this request does not know, so it cannot be ended from here. */
  lost: boolean
}

/** Which keys go along into a session that starts afresh. */
export type Keep = (name: string) => boolean

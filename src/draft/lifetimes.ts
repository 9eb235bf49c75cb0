import type { Meta } from '../record.ts'

/** What a session has of its own, in place of what the options say. */
export type OwnLifetimes = Pick<Meta, 'idleTimeout' | 'absoluteTimeout' | 'endsAt' | 'persistent'>

/**
 * Mine where I changed them, theirs elsewhere. No activity moves the absolute deadline, and of two that were
 * set the earlier counts.
 */
export function mergeLifetimes(base: OwnLifetimes, mine: OwnLifetimes, theirs: OwnLifetimes): OwnLifetimes {
  const bothSet = mine.endsAt !== undefined && theirs.endsAt !== undefined && theirs.endsAt !== base.endsAt
  if (!bothSet || mine.endsAt <= theirs.endsAt) return mine
  const { absoluteTimeout, endsAt } = theirs
  return { ...mine, absoluteTimeout, endsAt }
}

import type { Roster } from './roster.ts'
import type { IndexEntry, Limit, Listed } from './session-index.ts'

/** A login may be in the index this long before its record is in the store, in milliseconds. */
export const GRACE = 60_000
/** So many that seem to have run out are looked at on the occasion of one login. */
const FEW = 8
/** So many records are read at a time. */
export const AT_ONCE = 16

/** Takes out logins whose sessions live no more, and ends the oldest beyond `limit.max`. Returns those. */
export async function keepWithin(limit: Limit, roster: Roster, now: number): Promise<Listed[]> {
  const { max, reason, lastUse } = limit
  const { entries, ended } = roster
  const full = max !== undefined && entries.size > max
  const doubtful = [...entries].filter(
    ([, entry]) => entry.addedAt + GRACE < now && (full || seemsOver(entry, now)),
  )
  await inBatches(full ? doubtful : doubtful.slice(0, FEW), async ([key, entry]) => {
    const usedAt = await lastUse(entry)
    if (usedAt === undefined) entries.delete(key)
    else entries.set(key, { ...entry, usedAt: Math.max(usedAt, entry.usedAt) })
  })
  if (max === undefined || entries.size <= max) return []
  const oldest = [...entries]
    .map(([key, entry]) => ({ key, entry }))
    .toSorted((one, other) => one.entry.authenticatedAt - other.entry.authenticatedAt)
    .slice(0, entries.size - max)
  for (const { key, entry } of oldest) {
    entries.delete(key)
    ended.set(key, { until: entry.until, reason })
  }
  return oldest
}

function seemsOver({ idleTimeout, usedAt }: IndexEntry, now: number): boolean {
  return idleTimeout !== false && usedAt + idleTimeout < now
}

/** Some at a time, so that a store is not flooded. */
export async function inBatches<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < all.length; at += AT_ONCE) await Promise.all(all.slice(at, at + AT_ONCE).map(work))
}

import type { Roster } from './roster.ts'
import type { IndexEntry, Limit, Listed } from './session-index.ts'

/** A login may be in the index this long before its record is in the store, in milliseconds. */
export const GRACE = 60_000
/** So many are looked after on the occasion of one login: in turn, so that all are, whatever their number. */
const FEW = 8
/** So many records are read at a time. */
const AT_ONCE = 16

/** Takes out logins whose sessions live no more, and ends the oldest beyond `limit.max`. Returns those. */
export async function keepWithin(limit: Limit, roster: Roster, now: number): Promise<Listed[]> {
  const { max, reason, lastUse } = limit
  const full = max !== undefined && roster.size > max
  const looked = full ? [...roster.keys()] : [...roster.keys()].slice(0, FEW)
  await inBatches(looked, async (key) => {
    const entry = roster.get(key)
    roster.delete(key)
    if (!entry || entry.until < now) return
    const doubtful = entry.addedAt + GRACE < now && (full || seemsOver(entry, now))
    const usedAt = doubtful ? await lastUse(entry) : entry.usedAt
    if (usedAt !== undefined) roster.put(key, { ...entry, usedAt: Math.max(usedAt, entry.usedAt) })
  })
  if (max === undefined || roster.size <= max) return []
  const oldest = [...roster.listed()]
    .toSorted((one, other) => one.entry.authenticatedAt - other.entry.authenticatedAt)
    .slice(0, roster.size - max)
  for (const { key, entry } of oldest) roster.end(key, { until: entry.until, reason })
  return oldest
}

function seemsOver({ idleTimeout, usedAt }: IndexEntry, now: number): boolean {
  return idleTimeout !== false && usedAt + idleTimeout < now
}

/** Some at a time, so that a store is not flooded. */
export async function inBatches<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < all.length; at += AT_ONCE) await Promise.all(all.slice(at, at + AT_ONCE).map(work))
}

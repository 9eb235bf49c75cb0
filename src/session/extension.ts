import { type Changes, type Draft, hasChanges } from '../draft/draft.ts'
import { absoluteDeadline, nextDeadline } from '../persistence/lifetime.ts'
import type { Meta, SessionRecord } from '../record.ts'
import type { Life } from './life.ts'

/** What a record says of its times. */
export type Dated = Pick<SessionRecord, 'meta' | 'expiresAt'>

/** A record that begins now; it has no deadline yet. */
export function datedNew(now: number): Dated {
  return { meta: { createdAt: now, updatedAt: now }, expiresAt: 0 }
}

/** The times of a record when these changes are saved now. Default: of a new record. */
export function datedAfter(
  life: Life,
  draft: Draft,
  changes: Changes,
  now: number,
  record: Dated = datedNew(now),
): Dated {
  const meta = draft.applyMeta(changes, record.meta, now)
  return { meta, expiresAt: deadlineOf(life, record, now, changes, meta) }
}

/** The deadline that this request leaves behind; with changes, when they are saved. */
export function deadlineOf(
  { settings, rule, used, askedUntil = 0 }: Life,
  record: Dated,
  now: number,
  changes?: Changes,
  meta: Meta = record.meta,
): number {
  // An extension never shortens: a later deadline was ordered (Catalyst::Plugin::Session: the larger counts). But a new
  // session counts from now, and so does one with new lifetimes.
  const stored = changes?.lifetimes ? 0 : record.expiresAt
  const modified = changes !== undefined && hasChanges(changes)
  const idle = meta.idleTimeout ?? settings.idleTimeout
  const extended =
    stored === 0 || (rule && (modified || (used && idle !== false && rule(stored - now, idle))))
  const next = extended ? nextDeadline(meta, settings, now) : 0
  return Math.min(absoluteDeadline(meta, settings), Math.max(stored, askedUntil, next))
}

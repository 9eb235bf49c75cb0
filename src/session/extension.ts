import type { Changes } from '../draft/draft.ts'
import { absoluteDeadline, nextDeadline } from '../persistence/lifetime.ts'
import type { Meta, SessionRecord } from '../record.ts'
import type { Life } from './life.ts'

type Dated = Pick<SessionRecord, 'meta' | 'expiresAt'>

/** The deadline that this request leaves behind. */
export function deadlineOf(
  { settings, rule, used, askedUntil = 0 }: Life,
  { meta, expiresAt }: Dated,
  now: number,
  modified = false,
): number {
  let until = Math.max(expiresAt, askedUntil)
  if (rule && (modified || used)) {
    const idle = meta.idleTimeout ?? settings.idleTimeout
    const extended = modified || (idle !== false && rule(expiresAt - now, idle))
    // An extension never shortens: a later deadline was ordered (Catalyst::Plugin::Session: the larger counts).
    if (extended) until = Math.max(until, nextDeadline(meta, settings, now))
  }
  return Math.min(absoluteDeadline(meta, settings), until)
}

/** The deadline of a session whose idle deadline is counted from now: a new one, or one with new lifetimes. */
export function deadlineAnew({ settings, askedUntil = 0 }: Life, meta: Meta, now: number): number {
  const asked = Math.min(askedUntil, absoluteDeadline(meta, settings))
  return Math.max(nextDeadline(meta, settings, now), asked)
}

/** The deadline that these changes leave behind, whose metadata the record has. */
export function deadlineAfter(life: Life, changes: Changes, record: Dated, now: number): number {
  return changes.lifetimes ? deadlineAnew(life, record.meta, now) : deadlineOf(life, record, now, true)
}

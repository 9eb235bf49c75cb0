import type { Meta, SessionRecord } from '../record.ts'
import type { Session } from '../session.ts'
import { absoluteDeadline, type Lifetimes, nextDeadline } from './lifetime.ts'

/** Whether an unmodified session that was used is extended. */
export type ExtensionRule = (session: Session) => boolean

/** What this request does to the deadline of its session. */
export class DeadlinePlan {
  readonly #defaults: Lifetimes
  #until: number | undefined
  /** Without a rule nothing is ever extended. */
  rule: ExtensionRule | undefined
  /** The session got a lifetime of its own, so its deadline is computed anew. */
  lifetimeChanged = false

  constructor(defaults: Lifetimes) {
    this.#defaults = defaults
  }

  /** Orders an extension, whatever the rule says. */
  extend(until: number): void {
    this.#until = until
  }

  get ordered(): boolean {
    return this.#until !== undefined
  }

  /** What was ordered concerned a session that has ended. */
  reset(): void {
    this.#until = undefined
    this.lifetimeChanged = false
  }

  /** The deadline of a new record. */
  first(meta: Meta, now: number): number {
    return Math.max(
      nextDeadline(meta, this.#defaults, now),
      Math.min(this.#until ?? 0, absoluteDeadline(meta, this.#defaults)),
    )
  }

  /** The deadline that this request leaves behind. A modified session is always extended. */
  after(record: SessionRecord, meta: Meta, session: Session, modified: boolean): number {
    const absolute = absoluteDeadline(meta, this.#defaults)
    const next = nextDeadline(meta, this.#defaults, session.now)
    if (this.lifetimeChanged) return Math.max(next, Math.min(absolute, this.#until ?? 0))
    // An extension never shortens: a later deadline was ordered (Catalyst::Plugin::Session: the larger counts).
    const extended = this.rule !== undefined && (modified || (session.used && this.rule(session)))
    return Math.min(absolute, Math.max(record.expiresAt, this.#until ?? 0, extended ? next : 0))
  }
}

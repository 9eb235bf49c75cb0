import type { OwnLifetimes } from '../draft/merge.ts'
import { absoluteDeadline, type Lifetimes, nextDeadline } from '../persistence/lifetime.ts'
import type { SessionRecord } from '../record.ts'

/**
 * Whether a session that was used and not modified is extended: `left` is how long it has to live otherwise,
 * both in milliseconds. A modified session is always extended.
 */
export type ExtensionRule = (left: number, idleTimeout: number) => boolean

/** What this request does to the deadline of its session. Without a rule, use extends nothing. */
export class Extension {
  readonly #options: Lifetimes
  #until: number | undefined
  rule: ExtensionRule | undefined

  constructor(options: Lifetimes) {
    this.#options = options
  }

  /** Somebody has asked for an extension, whatever the rule says. */
  get asked(): boolean {
    return this.#until !== undefined
  }

  /** To an instant, or to the next idle deadline of a session with these lifetimes. */
  ask(own: OwnLifetimes & { readonly createdAt: number }, now: number, until?: number): void {
    this.#until = until ?? nextDeadline(own, this.#options, now)
  }

  /** What was asked concerned a session that has ended. */
  reset(): void {
    this.#until = undefined
  }

  /** The deadline of a session whose idle deadline is counted from now: a new one, or one with new lifetimes. */
  anew(own: OwnLifetimes & { readonly createdAt: number }, now: number): number {
    const asked = Math.min(this.#until ?? 0, absoluteDeadline(own, this.#options))
    return Math.max(nextDeadline(own, this.#options, now), asked)
  }

  /** The deadline after a request that used the session, or modified it too. */
  next({ meta, expiresAt }: SessionRecord, now: number, use: 'none' | 'used' | 'modified'): number {
    let until = Math.max(expiresAt, this.#until ?? 0)
    if (this.rule && use !== 'none') {
      const idle = meta.idleTimeout ?? this.#options.idleTimeout
      const extended = use === 'modified' || (idle !== false && this.rule(expiresAt - now, idle))
      // An extension never shortens: a later deadline was ordered (Catalyst::Plugin::Session: the larger counts).
      if (extended) until = Math.max(until, nextDeadline(meta, this.#options, now))
    }
    return Math.min(absoluteDeadline(meta, this.#options), until)
  }
}

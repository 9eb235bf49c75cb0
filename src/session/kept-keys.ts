import type { SessionRecord } from '../record.ts'
import type { Session } from '../session.ts'
import { stringifyContent, type Values } from './content.ts'
import { nextDeadline } from './lifetime.ts'
import type { Carried } from './persistence.ts'
import type { WorkingCopy } from './working-copy.ts'

/** What `regenerate({ keep })` carries over from the session that ends. */
export class KeptKeys {
  readonly #session: Session
  readonly #old: WorkingCopy
  readonly #keep: boolean | readonly string[]
  /** The kept data as this request shows them: what others saved in the last moment, with its own changes on top. */
  live: Values
  /** Kept keys that a parallel request has changed too. */
  clashes: readonly string[] = []

  constructor(session: Session, old: WorkingCopy, keep: boolean | readonly string[]) {
    this.#session = session
    this.#old = old
    this.#keep = keep
    this.live = this.of(session.data as unknown as Values)
  }

  /** The kept ones of these values. */
  of<T>(values: Readonly<Record<string, T>>): Record<string, T> {
    return Object.fromEntries(Object.entries(values).filter(([key]) => this.#has(key)))
  }

  /** What of the newest record is stored under the new id: never more than what has been saved. */
  carryOver(newest: SessionRecord): Carried | undefined {
    const session = this.#session
    const { content, meta } = this.#old.read(newest)
    const merged = this.#old.mergeWith(newest, session.resolvers)
    this.live = this.of(merged.content.data)
    this.clashes = merged.conflicts.filter((key) => this.#has(key))
    const data = this.of(content.data)
    if (Object.keys(data).length === 0) return undefined
    const fresh = session.freshMeta(this.of(meta.keyDeadlines ?? {}))
    return {
      meta: fresh,
      body: stringifyContent(session.serializer, { data, flash: {} }),
      until: nextDeadline(fresh, session.lifetimes, session.now),
    }
  }

  #has(key: string): boolean {
    return this.#keep === true || (this.#keep !== false && this.#keep.includes(key))
  }
}

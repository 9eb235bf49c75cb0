import { type Base, Fields } from './fields.ts'
import type { Lines } from './lines.ts'

/**
 * Messages that wait for the next request that looks at them, after Catalyst::Plugin::Session. Reading,
 * testing and listing are looking; assigning alone is not.
 */
export class Flash extends Fields {
  readonly #kept = new Set<string>()
  /** The lines when this request first looked. */
  #waiting: Lines | undefined

  constructor(base: Base) {
    super('f', base)
  }

  get looked(): boolean {
    return this.#waiting !== undefined
  }

  override look(): void {
    this.#waiting ??= this.base.linesOf('f')
  }

  /** There are messages that this request has neither put there nor swept. */
  get waits(): boolean {
    return this.names().some((name) => {
      const entry = this.entries?.get(name)
      return !entry || (entry.assigned === 0 && entry.mark !== undefined)
    })
  }

  /** The named messages outlast one more look. */
  keep(names: readonly string[]): void {
    for (const name of names) this.#kept.add(name)
  }

  /**
   * Takes out what waited, if it was neither assigned, changed inside nor kept. This request goes on seeing
   * it: a body that holds the flash is turned into text later.
   */
  sweep(): void {
    const waiting = this.#waiting
    if (!waiting) return
    for (const name of this.names()) {
      const line = waiting.find('f', name)
      // Another line: a parallel request has put another message in its place.
      if (line === undefined || this.#kept.has(name) || this.lineOf(name) !== line) continue
      const entry = this.entry(name)!
      if (entry.assigned === 0 && this.format(name, entry) === line)
        this.put(name, { ...entry, mark: undefined })
    }
  }

  override forgetAll(): void {
    super.forgetAll()
    this.#waiting = undefined
  }
}

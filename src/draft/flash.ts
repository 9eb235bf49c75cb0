import { type Base, Fields } from './fields.ts'

/**
 * Messages that wait for the next request that looks at them, after Catalyst::Plugin::Session. Reading,
 * testing and listing are looking; assigning alone is not.
 */
export class Flash extends Fields {
  readonly #kept = new Set<string>()
  /** What waited when this request first looked, by name. */
  #waiting: ReadonlyMap<string, string> | undefined

  constructor(base: Base) {
    super('f', base)
  }

  get looked(): boolean {
    return this.#waiting !== undefined
  }

  override look(): void {
    this.#waiting ??= new Map(this.#untouched().map((name) => [name, this.lineOf(name)!]))
  }

  /** There are messages that this request has not put there. */
  get waits(): boolean {
    return this.#untouched().length > 0
  }

  /** The named messages outlast one more look. */
  keep(names: readonly string[]): void {
    for (const name of names) this.#kept.add(name)
  }

  /** Empties the flash. What is set afterwards stays. */
  clear(): void {
    this.replace({})
  }

  /**
   * Takes out what waited, if it was neither assigned, changed inside nor kept. This request goes on seeing
   * it: a body that holds the flash is turned into text later.
   */
  sweep(): void {
    for (const [name, line] of this.#waiting ?? []) {
      // Another line: a parallel request has put another message in its place.
      if (this.#kept.has(name) || this.lineOf(name) !== line) continue
      const entry = this.entry(name)!
      if (entry.assigned === 0 && this.format(name, entry) === line)
        this.put(name, { ...entry, mark: undefined })
    }
  }

  override forgetAll(): void {
    super.forgetAll()
    this.#waiting = undefined
  }

  /** The names of the lines that this request has neither assigned, deleted nor swept. */
  #untouched(): string[] {
    return this.names().filter((name) => {
      const entry = this.entries?.get(name)
      return !entry || (entry.assigned === 0 && entry.mark !== undefined)
    })
  }
}

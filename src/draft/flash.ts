import { type Base, Fields } from './fields.ts'
import type { Change, Lines } from './lines.ts'

/**
 * Messages that wait for the next request that looks at them, after Catalyst::Plugin::Session. Reading,
 * testing and listing are looking; assigning alone is not.
 */
export class Flash extends Fields {
  readonly #kept = new Set<string>()
  readonly #shown = new Set<string>()
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
      if (entry.assigned === 0 && this.format(name, entry) === line) this.#shown.add(name)
    }
  }

  override set(name: string, value: unknown): void {
    this.#shown.delete(name)
    super.set(name, value)
  }

  override changes(since: number, into: Change[]): void {
    const all: Change[] = []
    super.changes(since, all)
    into.push(...all.filter(({ name }) => !this.#shown.has(name)))
    for (const name of this.#shown) {
      const before = this.lineOf(name)
      if (before !== undefined && before === this.#waiting?.get(name))
        into.push({ kind: 'f', name, before, after: undefined })
    }
  }

  override forget(name?: string): void {
    super.forget(name)
    if (name !== undefined) return
    this.#shown.clear()
    this.#waiting = undefined
  }

  override rebase(shown: Lines, stored: Lines, mine: ReadonlyMap<string, Change>, tick: number): void {
    // What was swept stays to be seen, unless another message stands under its name now.
    for (const name of this.#shown) {
      if (shown.find('f', name) === undefined) continue
      this.#shown.delete(name)
      this.forget(name)
    }
    const swept = [...(this.entries ?? [])].filter(([name]) => this.#shown.has(name))
    super.rebase(shown, stored, mine, tick)
    for (const [name, entry] of swept) this.put(name, entry)
  }

  /** The names of the lines that this request has neither assigned nor deleted. */
  #untouched(): string[] {
    return this.names().filter((name) => !this.entries?.get(name)?.assigned && !this.#shown.has(name))
  }
}

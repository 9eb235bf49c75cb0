import { type Base, type Entry, Fields } from './fields.ts'
import type { Change, Finder } from './lines.ts'

/**
 * Messages that wait for the next request that looks at them, after Catalyst::Plugin::Session. Reading,
 * testing and listing are looking; assigning alone is not. In its line a message has a random mark before its
 * text, which tells it from an equal one that is set anew.
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
    for (const name of this.names()) this.delete(name)
  }

  /**
   * Takes out what waited, if it was neither assigned, changed inside nor kept. This request goes on seeing
   * it: a body that holds the flash is turned into text later.
   */
  sweep(): void {
    for (const [name, line] of this.#waiting ?? []) {
      // Another line: a parallel request has put another message in its place.
      if (this.#kept.has(name) || this.lineOf(name) !== line) continue
      const entry = this.entries?.get(name) ?? this.read(name)!
      if (entry.assigned === 0 && this.format(name, entry) === line) this.#shown.add(name)
    }
  }

  override set(name: string, value: unknown): void {
    this.#shown.delete(name)
    super.set(name, value)
  }

  override changes(into: Change[], since: number): void {
    const all: Change[] = []
    super.changes(all, since)
    into.push(...all.filter(({ name }) => !this.#shown.has(name)))
    for (const name of this.#shown) {
      const before = this.lineOf(name)
      if (before === this.#waiting?.get(name) && before !== undefined)
        into.push({ kind: 'f', name, before, after: undefined })
    }
  }

  override forget(all: boolean): void {
    super.forget(all)
    this.#shown.clear()
    this.#waiting = undefined
  }

  override rebase(shown: Finder, stored: Finder, mine: ReadonlyMap<string, Change>, tick: number): void {
    // What was swept stays to be seen, unless another message stands under its name now.
    for (const name of this.#shown) {
      if (shown.find('f', name) === undefined) continue
      this.#shown.delete(name)
      this.drop(name)
    }
    const swept = [...this.#shown].map((name) => [name, this.entries!.get(name)!] as const)
    super.rebase(shown, stored, mine, tick)
    for (const [name, entry] of swept) this.put(name, entry)
  }

  protected override newMark(): number {
    return Math.floor(Math.random() * Number.MAX_SAFE_INTEGER)
  }

  protected override encode(name: string, entry: Entry): string | undefined {
    const text = super.encode(name, entry)
    return text === undefined ? undefined : `${entry.mark} ${text}`
  }

  protected override decode(text: string): Entry {
    const at = text.indexOf(' ')
    return { ...super.decode(text.slice(at + 1)), mark: Number(text.slice(0, at)) }
  }

  /** The names of the lines that this request has neither assigned nor deleted. */
  #untouched(): string[] {
    return this.names().filter((name) => !this.entries?.get(name)?.assigned && !this.#shown.has(name))
  }
}

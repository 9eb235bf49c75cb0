import { CorruptRecordError } from '../errors.ts'
import { type Change, type Kind, type Lines, namedLines } from './lines.ts'
import type { Revision } from './revision.ts'
import { type Entry, isObject, newMark, readLine, type Serializer, writeLine } from './serializer.ts'

/** Whoever works with a draft: asked before each write, told of what cannot be read. */
export interface Owner {
  readonly serializer: Serializer
  /** Throws when the draft can no longer be saved; `false`: leave the write out. */
  mayWrite(draft: Base): boolean
  corrupt(error: CorruptRecordError): void
  /** Stored keys that cannot be shown, since they bear reserved names. */
  leftOut(draft: Base, names: readonly string[]): void
  readonly revision?: Revision | undefined
  /** Told of each key of the data that is set. */
  readonly noticed?: ((name: string) => void) | undefined
  /** Called before a key of the data is assigned or deleted; what it returns is called afterwards. */
  readonly assigning?: (() => (() => void) | undefined) | undefined
}

/** What fields know of their draft. */
export interface Base {
  readonly owner: Owner
  /** The lines that the draft began with, those of the data in their newest form. */
  linesOf(kind: Kind): Lines
  /** Counts what was assigned, so that a commit under way knows what came after it. */
  tick: number
}

const ABSENT = Symbol('absent')

/** The fields of one kind: read from the lines when first asked for, and what became of them. */
export class Fields {
  readonly kind: Kind
  readonly base: Base
  /** The fields as an object; `undefined` until somebody has asked for it. */
  face: object | undefined
  protected entries: Map<string, Entry> | undefined

  constructor(kind: Kind, base: Base) {
    this.kind = kind
    this.base = base
  }

  /** A look by whoever holds the face of these fields. */
  look(): void {}

  get(name: string): unknown {
    const value = this.entry(name)?.value
    return value === ABSENT ? undefined : value
  }

  has(name: string): boolean {
    const entry = this.entries?.get(name)
    return entry ? entry.value !== ABSENT : this.lineOf(name) !== undefined
  }

  set(name: string, value: unknown): void {
    const after = this.kind === 'd' ? this.base.owner.assigning?.() : undefined
    this.base.tick += 1
    this.put(name, { value, assigned: this.base.tick, mark: this.kind === 'f' ? newMark() : '' })
    after?.()
  }

  delete(name: string): void {
    if (this.has(name)) this.set(name, ABSENT)
  }

  /** Those of the lines first, then those that were added. */
  names(): string[] {
    const { text } = this.base.linesOf(this.kind)
    try {
      const names = new Set([...namedLines(text, this.kind).keys(), ...(this.entries?.keys() ?? [])])
      return [...names].filter((name) => this.entries?.get(name)?.value !== ABSENT)
    } catch (error) {
      throw this.#told(error)
    }
  }

  values(): Record<string, unknown> {
    return Object.fromEntries(this.names().map((name) => [name, this.get(name)]))
  }

  /** Makes these all there are. */
  replace(values: Readonly<Record<string, unknown>>): void {
    for (const name of this.names()) if (!Object.hasOwn(values, name)) this.delete(name)
    for (const name of Object.keys(values)) this.set(name, values[name])
  }

  /** What was assigned, deleted, swept, or changed inside of an object that was handed out; after a tick, the first two. */
  changes(since: number, into: Change[]): void {
    for (const [name, entry] of this.entries ?? []) {
      const { value, assigned, mark } = entry
      if (assigned <= since || (assigned === 0 && mark !== undefined && !isObject(value))) continue
      const before = this.lineOf(name)
      const after = this.format(name, entry)
      if (before !== after) into.push({ kind: this.kind, name, before, after })
    }
  }

  /** Forgets what this request has made of the field. */
  forget(name: string): void {
    this.entries?.delete(name)
  }

  forgetAll(): void {
    this.entries = undefined
  }

  /** Forgets what was read and is no longer in the lines. */
  forgetLost(): void {
    for (const [name, { assigned }] of this.entries ?? [])
      if (assigned === 0 && this.lineOf(name) === undefined) this.forget(name)
  }

  /** Takes over what another draft has made of these fields. */
  adopt(from: Fields, keep: (name: string) => boolean): void {
    for (const [name, entry] of from.entries ?? []) if (keep(name)) this.put(name, entry)
  }

  /**
   * Lets the fields show what `shown` says, which settled `mine`, the lines with the changes up to `tick`, with those
   * of others; what came after stays on top. `stored`: what the store has.
   */
  rebase(mine: Lines, shown: Lines, stored: Lines, tick: number): void {
    // A list, since in the map what is put anew would come up again, without end.
    const found = [...(this.entries ?? [])]
    for (const [name, entry] of found) {
      const line = mine.find(this.kind, name)
      const now = shown.find(this.kind, name)
      const { value, assigned, mark } = entry
      if (assigned > tick || line === now) continue
      // Swept, it goes on being seen, unless another message stands there now.
      if (mark === undefined && now === undefined) continue
      // Changed inside while the store was busy.
      if (mark !== undefined && isObject(value) && this.format(name, entry) !== line) continue
      this.forget(name)
      if (now === stored.find(this.kind, name)) continue
      const settled = now === undefined ? { value: ABSENT, mark: '' } : this.#read(name, now)
      // Of a loaded object that was changed inside a resolver may have made something that is no object.
      this.put(name, { ...settled, assigned: assigned || (isObject(settled.value) ? 0 : 1) })
    }
  }

  /** What was made of the field, or else its value as it was stored. */
  protected entry(name: string): Entry | undefined {
    const known = this.entries?.get(name)
    if (known) return known
    const line = this.lineOf(name)
    return line === undefined ? undefined : this.put(name, this.#read(name, line))
  }

  protected lineOf(name: string): string | undefined {
    return this.base.linesOf(this.kind).find(this.kind, name)
  }

  protected format(name: string, { value, mark }: Entry): string | undefined {
    if (value === ABSENT || mark === undefined) return undefined
    return writeLine(this.base.owner.serializer, this.kind, name, value, mark)
  }

  protected put(name: string, entry: Entry): Entry {
    this.entries ??= new Map()
    this.entries.set(name, entry)
    return entry
  }

  #read(name: string, line: string): Entry {
    try {
      return readLine(this.base.owner.serializer, this.kind, name, line)
    } catch (error) {
      throw this.#told(error)
    }
  }

  #told(error: unknown): unknown {
    if (error instanceof CorruptRecordError) this.base.owner.corrupt(error)
    return error
  }
}

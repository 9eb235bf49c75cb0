import { CorruptRecordError } from '../errors.ts'
import { type Change, type Finder, formatLine, type Kind, namesOf, textIn } from './lines.ts'
import { type Serializer, stringifyValue } from './serializer.ts'

/** What the fields of all kinds of one draft have in common. */
export interface Base {
  readonly serializer: Serializer
  /** The lines that the draft began with. */
  readonly lines: string
  lineOf(kind: Kind, name: string): string | undefined
  /** Counts what was assigned, so that a commit under way knows what came after it. */
  tick: number
  /** Told of a value that does not parse, which is then thrown. */
  corrupt(error: CorruptRecordError): void
}

const ABSENT = Symbol('absent')

/** A value that was read, assigned or deleted. */
interface Entry {
  readonly value: unknown
  /** The tick of the assignment or deletion; 0: only read. */
  readonly assigned: number
  /** Tells a message from an equal one that is set anew. */
  readonly mark: number
}

/** The fields of one kind: read from the lines when first asked for, and what became of them. */
export class Fields {
  readonly kind: Kind
  protected readonly base: Base
  protected entries: Map<string, Entry> | undefined

  constructor(kind: Kind, base: Base) {
    this.kind = kind
    this.base = base
  }

  /** A look by whoever holds the face of these fields. */
  look(): void {}

  get(name: string): unknown {
    const value = (this.entries?.get(name) ?? this.read(name))?.value
    return value === ABSENT ? undefined : value
  }

  has(name: string): boolean {
    const entry = this.entries?.get(name)
    return entry ? entry.value !== ABSENT : this.lineOf(name) !== undefined
  }

  set(name: string, value: unknown): void {
    this.base.tick += 1
    this.put(name, { value, assigned: this.base.tick, mark: this.newMark() })
  }

  delete(name: string): void {
    if (this.has(name)) this.set(name, ABSENT)
  }

  /** Those of the lines first, then those that were added. */
  names(): string[] {
    const names = new Set(this.#stored())
    if (this.entries)
      for (const [name, { value }] of this.entries) {
        if (value === ABSENT) names.delete(name)
        else names.add(name)
      }
    return [...names]
  }

  /** Makes these all there are. */
  replace(values: Readonly<Record<string, unknown>>): void {
    for (const name of this.names()) if (!Object.hasOwn(values, name)) this.delete(name)
    for (const name of Object.keys(values)) this.set(name, values[name])
  }

  /**
   * What was assigned or deleted, or has changed inside of an object that was handed out. Everything else is as
   * it was. After a tick, only what was assigned counts.
   */
  changes(into: Change[], since: number): void {
    if (!this.entries) return
    for (const [name, entry] of this.entries) {
      if (entry.assigned <= since || (entry.assigned === 0 && !isObject(entry.value))) continue
      const before = this.lineOf(name)
      const after = this.format(name, entry)
      if (before !== after) into.push({ kind: this.kind, name, before, after })
    }
  }

  /** Forgets what was read or assigned, or only what was not assigned. */
  forget(all: boolean): void {
    if (!this.entries || all) this.entries = undefined
    else for (const [name, entry] of this.entries) if (entry.assigned === 0) this.entries.delete(name)
  }

  /** Forgets what this request has made of the field. */
  drop(name: string): void {
    this.entries?.delete(name)
  }

  /** Forgets what was read and is no longer in the lines. */
  dropLost(left: Finder): void {
    if (!this.entries) return
    for (const [name, { assigned }] of this.entries)
      if (assigned === 0 && left.find(this.kind, name) === undefined) this.entries.delete(name)
  }

  /** Takes over what another draft has made of these fields. */
  adopt(from: Fields, keep: (name: string) => boolean): void {
    for (const [name, entry] of from.entries ?? []) if (keep(name)) this.put(name, entry)
  }

  /**
   * Lets the fields show what `shown` says, which settled `mine`, the changes up to `tick`, with the lines of
   * others; what came after stays on top. `stored`: what the store has.
   */
  rebase(shown: Finder, stored: Finder, mine: ReadonlyMap<string, Change>, tick: number): void {
    // A list, since in the map what is put anew would come up again, without end.
    const found = [...(this.entries ?? [])]
    for (const [name, entry] of found) {
      if (entry.assigned > tick) continue
      const change = mine.get(this.kind + name)
      const line = change ? change.after : this.lineOf(name)
      const now = shown.find(this.kind, name)
      if (line === now) continue
      // Changed inside while the store was busy.
      if (isObject(entry.value) && this.format(name, entry) !== line) continue
      this.drop(name)
      if (now === stored.find(this.kind, name)) continue
      const settled = now === undefined ? { value: ABSENT, mark: 0 } : this.parse(name, now)
      // Of a loaded object that was changed inside a resolver may have made something that is no object.
      this.put(name, { ...settled, assigned: entry.assigned || (isObject(settled.value) ? 0 : 1) })
    }
  }

  protected newMark(): number {
    return 0
  }

  /** The value as it stands in its line. */
  protected encode(name: string, { value }: Entry): string | undefined {
    return stringifyValue(this.base.serializer, value, LABELS[this.kind] + name)
  }

  protected decode(text: string): Entry {
    return { value: this.base.serializer.parse(text), assigned: 0, mark: 0 }
  }

  protected lineOf(name: string): string | undefined {
    return this.base.lineOf(this.kind, name)
  }

  protected format(name: string, entry: Entry): string | undefined {
    const text = entry.value === ABSENT ? undefined : this.encode(name, entry)
    return text === undefined ? undefined : formatLine(this.kind, name, text)
  }

  /** Takes the value from its line. */
  protected read(name: string): Entry | undefined {
    const line = this.lineOf(name)
    if (line === undefined) return undefined
    const entry = this.parse(name, line)
    this.put(name, entry)
    return entry
  }

  protected put(name: string, entry: Entry): void {
    this.entries ??= new Map()
    this.entries.set(name, entry)
  }

  #stored(): string[] {
    try {
      return namesOf(this.base.lines, this.kind)
    } catch (error) {
      this.base.corrupt(error as CorruptRecordError)
      throw error
    }
  }

  protected parse(name: string, line: string): Entry {
    try {
      return this.decode(textIn(line, name))
    } catch (cause) {
      const what = `The value of '${LABELS[this.kind]}${name}' cannot be parsed by the serializer.`
      const error = new CorruptRecordError(what, { cause })
      this.base.corrupt(error)
      throw error
    }
  }
}

export type { Entry }

const LABELS = { d: '', f: 'flash.', a: 'annotations.', k: 'deadline of ' } as const

function isObject(value: unknown): boolean {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

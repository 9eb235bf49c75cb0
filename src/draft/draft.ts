import { type Meta, NO_LINES, type SessionRecord } from '../record.ts'
import { type Base, Fields, type Owner } from './fields.ts'
import { Flash } from './flash.ts'
import { type Change, type Kind, Lines, linesWhere, replaceLines, withoutExpired } from './lines.ts'
import { revised } from './revision.ts'
import {
  type Changes,
  type Merged,
  merge,
  mergeLifetimes,
  type OwnLifetimes,
  type Resolvers,
} from './merge.ts'

export { type Changes, hasChanges } from './merge.ts'

/**
 * What one request makes of a record: the values that it read, assigned or deleted, over the lines of the
 * record. Knows no session, no context and no store.
 */
export class Draft implements Base {
  readonly owner: Owner
  /** Keys with a deadline before this instant are not there. */
  #expiredAt = 0
  #lifetimes: OwnLifetimes | undefined
  #data: Fields | undefined
  #flash: Flash | undefined
  #annotations: Fields | undefined
  #deadlines: Fields | undefined
  /** What the draft is compared with: the lines of the record, or those that a new session begins with. */
  lines: Lines
  /** Lines whose data are known to have their newest form. */
  #revised: Lines | undefined
  tick = 0
  /** What the store has; `undefined` while that is nothing. */
  record: SessionRecord | undefined

  constructor(owner: Owner, record?: SessionRecord, lines: string = record?.lines ?? NO_LINES) {
    this.owner = owner
    this.lines = new Lines(lines)
    this.record = record
  }

  get data(): Fields {
    return (this.#data ??= new Fields('d', this))
  }

  get flash(): Flash {
    return (this.#flash ??= new Flash(this))
  }

  get annotations(): Fields {
    return (this.#annotations ??= new Fields('a', this))
  }

  /** When single keys disappear, in milliseconds since the epoch. */
  get deadlines(): Fields {
    return (this.#deadlines ??= new Fields('k', this))
  }

  /** The session's own lifetimes as this request wants them. */
  get lifetimes(): OwnLifetimes {
    return { ...this.record?.meta, ...this.#lifetimes }
  }

  setLifetimes(changed: OwnLifetimes): void {
    this.tick += 1
    this.#lifetimes = { ...this.#lifetimes, ...changed }
  }

  /** Somebody has the flash in hand, be it to assign or to look. */
  get flashAsked(): boolean {
    return this.#flash !== undefined
  }

  linesOf(kind: Kind): Lines {
    if (kind === 'd' && this.record && this.owner.revision && this.lines !== this.#revised)
      this.lines = this.#revised = new Lines(revised(this.owner, this.lines.text))
    return this.lines
  }

  /** Nobody has asked for anything. */
  get untouched(): boolean {
    return this.tick === 0 && !this.#data && !this.#flash && !this.#annotations
  }

  /**
   * What is to be saved, or only what was assigned after a tick.
   *
   * @throws SessionSerializeError
   */
  changes(since = -1): Changes {
    const lines: Change[] = []
    for (const fields of this.#all) fields?.changes(since, lines)
    return { lines, lifetimes: this.#lifetimes, tick: this.tick, of: this.lines }
  }

  /** The lines with these changes: over those the draft began with, or over those of `newest`. */
  apply({ lines: changes, of }: Changes, newest?: SessionRecord, resolvers?: Resolvers): Merged {
    if (newest) return merge(this.owner.serializer, this.#read(newest.lines), changes, resolvers)
    // Another save of this request may have come between.
    const lines = replaceLines(this.lines.text, changes, of === this.lines)
    return { lines, conflicts: NO_CONFLICTS }
  }

  /**
   * The lines with these changes, in the place of those of `newest`. Only annotations are merged all the same:
   * they are what stages keep, and no data that the last one to finish has a say in.
   */
  applyInstead(changes: Changes, newest: SessionRecord): Merged {
    const mine = linesWhere(this.apply(changes).lines, (kind) => kind !== 'a')
    const merged = linesWhere(this.apply(changes, newest).lines, (kind) => kind === 'a')
    return { lines: mine + merged.slice(1), conflicts: NO_CONFLICTS }
  }

  /** The metadata with these changes, saved at `now`. */
  applyMeta({ lifetimes }: Changes, newest: Meta, now: number): Meta {
    const meta = { ...newest, updatedAt: Math.max(now, newest.updatedAt) }
    return lifetimes ? { ...meta, ...mergeLifetimes(this.record?.meta ?? newest, lifetimes, newest) } : meta
  }

  /** The record is what these changes made of the lines. */
  committed(record: SessionRecord, changes: Changes): void {
    this.#goOn(record, new Lines(record.lines), changes.lifetimes)
  }

  /**
   * Goes on with a record that others have written too. It has these changes already; or else they are still to be
   * saved, and `unsaved` is shown: its lines with these changes.
   */
  rebase(record: SessionRecord, changes: Changes, unsaved?: string): void {
    const mine = new Lines(this.apply(changes).lines)
    const stored = new Lines(this.#read(record.lines))
    const shown = unsaved === undefined ? stored : new Lines(unsaved)
    for (const fields of this.#all) fields?.rebase(mine, shown, stored, changes.tick)
    this.#goOn(record, stored, unsaved === undefined ? changes.lifetimes : undefined)
  }

  /** Drops what was not saved and shows what `record` holds; nothing, if there is none. */
  reset(record?: SessionRecord): void {
    for (const fields of this.#all) fields?.forgetAll()
    this.#lifetimes = undefined
    this.#show(record, withoutExpired(record?.lines ?? NO_LINES, this.#expiredAt))
  }

  /** Leaves only what this request has assigned: what it began with is not its own to carry on. */
  forgetLoaded(): void {
    this.#show(undefined, NO_LINES)
  }

  /** Leaves out the keys whose deadline has passed, in this record and in all that follow. */
  expireKeys(now: number): void {
    this.#expiredAt = now
    const left = withoutExpired(this.lines.text, now)
    if (left !== this.lines.text) this.#show(this.record, left)
  }

  /** A draft of a new session that begins with some keys of this one, unsaved changes included. */
  keeping(keep: (name: string) => boolean): Draft {
    const draft = new Draft(this.owner, undefined, this.kept(this.lines.text, keep))
    draft.#expiredAt = this.#expiredAt
    draft.tick = this.tick
    if (this.#data) draft.data.adopt(this.#data, keep)
    if (this.#deadlines) draft.deadlines.adopt(this.#deadlines, keep)
    return draft
  }

  /** Of these lines, those of kept keys and of their deadlines. */
  kept(lines: string, keep: (name: string) => boolean): string {
    return linesWhere(
      this.#read(lines),
      (kind, name) => 'kd'.includes(kind) && name.startsWith('"') && keep(JSON.parse(name) as string),
    )
  }

  get #all(): readonly (Fields | undefined)[] {
    return [this.#deadlines, this.#flash, this.#annotations, this.#data]
  }

  /** The lines of another record, as this draft has them. */
  #read(lines: string): string {
    return revised(this.owner, withoutExpired(lines, this.#expiredAt))
  }

  #goOn(record: SessionRecord, lines: Lines, saved: OwnLifetimes | undefined): void {
    if (this.#lifetimes === saved) this.#lifetimes = undefined
    else if (this.#lifetimes)
      this.#lifetimes = mergeLifetimes({ ...this.record?.meta, ...saved }, this.#lifetimes, record.meta)
    this.record = record
    this.lines = lines
  }

  #show(record: SessionRecord | undefined, lines: string): void {
    this.record = record
    this.lines = new Lines(lines)
    for (const fields of this.#all) fields?.forgetLost()
  }
}

const NO_CONFLICTS: readonly string[] = []

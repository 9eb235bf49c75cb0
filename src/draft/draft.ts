import type { CorruptRecordError } from '../errors.ts'
import { type Meta, NO_LINES, type SessionRecord } from '../record.ts'
import { Deadlines } from './deadlines.ts'
import { Face, type FaceOptions, type Gate } from './face.ts'
import { type Base, Fields } from './fields.ts'
import { Flash } from './flash.ts'
import { mergeLifetimes, type OwnLifetimes } from './lifetimes.ts'
import {
  type Change,
  Finder,
  keptLines,
  type Kind,
  replaceLines,
  withAnnotationsOf,
  withoutExpired,
} from './lines.ts'
import { type Merged, merge, type Resolvers } from './merge.ts'
import { isReserved } from './reserved.ts'
import type { Serializer } from './serializer.ts'

/** Whoever works with a draft: asked before each write, told of what cannot be read. */
export interface Owner {
  readonly serializer: Serializer
  /** Throws when the draft can no longer be saved; `false`: leave the write out. */
  mayWrite(draft: Draft): boolean
  corrupt(error: CorruptRecordError): void
  /** Stored keys that cannot be shown, since they bear reserved names. */
  leftOut(draft: Draft, names: readonly string[]): void
}

/** What one request wants changed; `tick` tells what came later. */
export interface Changes {
  readonly lines: readonly Change[]
  readonly lifetimes: OwnLifetimes | undefined
  readonly tick: number
}

export function hasChanges({ lines, lifetimes }: Changes): boolean {
  return lines.length > 0 || lifetimes !== undefined
}

const isProto = (name: string): boolean => name === '__proto__'

/**
 * What one request makes of a record: the values that it read, assigned or deleted, over the lines of the
 * record. Knows no session, no context and no store.
 */
export class Draft implements Base, Gate {
  readonly #owner: Owner
  /** What the draft is compared with: the lines of the record, or those that a new session begins with. */
  #lines: string
  #finder: Finder | undefined
  /** Keys with a deadline before this instant are not there. */
  #expiredAt: number | undefined
  #lifetimes: OwnLifetimes | undefined
  #data: Fields | undefined
  #flash: Flash | undefined
  #annotations: Fields | undefined
  #deadlines: Deadlines | undefined
  #face: Face | undefined
  #flashFace: Face | undefined
  #annotationsFace: Face | undefined
  tick = 0
  /** What the store has; `undefined` while that is nothing. */
  record: SessionRecord | undefined

  constructor(owner: Owner, record?: SessionRecord, lines: string = record?.lines ?? NO_LINES) {
    this.#owner = owner
    this.#lines = lines
    this.record = record
  }

  get serializer(): Serializer {
    return this.#owner.serializer
  }

  get lines(): string {
    return this.#lines
  }

  lineOf(kind: Kind, name: string): string | undefined {
    if (this.#finder?.lines !== this.#lines) this.#finder = new Finder(this.#lines)
    return this.#finder.find(kind, name)
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

  get deadlines(): Deadlines {
    return (this.#deadlines ??= new Deadlines(this))
  }

  /** The data as an object; `undefined` until somebody has opened it. */
  get face(): object | undefined {
    return this.#face?.proxy
  }

  /** Shows the data as an object, with the members that `target` has on its prototype. */
  open(target: object, noticed?: (name: string) => void): object {
    const leftOut = (names: readonly string[]): void => this.#owner.leftOut(this, names)
    this.#face = new Face(this.data, this, { target, isReserved, leftOut, noticed })
    return this.#face.proxy
  }

  get flashFace(): object {
    this.#flashFace ??= new Face(this.flash, this, PLAIN)
    return this.#flashFace.proxy
  }

  get annotationsFace(): object {
    this.#annotationsFace ??= new Face(this.annotations, this, PLAIN)
    return this.#annotationsFace.proxy
  }

  mayWrite(): boolean {
    return this.#owner.mayWrite(this)
  }

  corrupt(error: CorruptRecordError): void {
    this.#owner.corrupt(error)
  }

  /** The session's own lifetimes as this request wants them. */
  get lifetimes(): OwnLifetimes {
    return this.#lifetimes ? { ...this.record?.meta, ...this.#lifetimes } : (this.record?.meta ?? NONE)
  }

  setLifetimes(changed: OwnLifetimes): void {
    this.tick += 1
    this.#lifetimes = { ...this.#lifetimes, ...changed }
  }

  /** Somebody has the flash in hand, be it to assign or to look. */
  get flashAsked(): boolean {
    return this.#flash !== undefined
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
    for (const fields of this.#all) fields?.changes(lines, since)
    return { lines, lifetimes: this.#lifetimes, tick: this.tick }
  }

  /** The lines with these changes: over those the draft began with, or over those of `newest`. */
  apply({ lines: changes }: Changes, newest?: SessionRecord, resolvers?: Resolvers): Merged {
    if (newest) return merge(this.serializer, this.#read(newest.lines), changes, resolvers)
    // Not what the changes say was there: another save of this request may have come between.
    const mine = changes.map(({ kind, name, after }) => ({ kind, before: this.lineOf(kind, name), after }))
    return { lines: replaceLines(this.#lines, mine), conflicts: [] }
  }

  /**
   * The lines with these changes, in the place of those of `newest`. Only annotations are merged all the same:
   * they are what stages keep, and no data that the last one to finish has a say in.
   */
  applyInstead(changes: Changes, newest: SessionRecord): Merged {
    const annotations = changes.lines.filter(({ kind }) => kind === 'a')
    const { lines } = merge(this.serializer, newest.lines, annotations)
    return { lines: withAnnotationsOf(lines, this.apply(changes).lines), conflicts: [] }
  }

  /** The metadata with these changes, saved at `now`. */
  applyMeta({ lifetimes }: Changes, newest: Meta, now: number): Meta {
    const meta = { ...newest, updatedAt: Math.max(now, newest.updatedAt) }
    return lifetimes ? { ...meta, ...mergeLifetimes(this.record?.meta ?? NONE, lifetimes, newest) } : meta
  }

  /** The record is what these changes made of the lines. */
  committed(record: SessionRecord, changes: Changes): void {
    this.record = record
    this.#lines = record.lines
    if (this.#lifetimes === changes.lifetimes) this.#lifetimes = undefined
  }

  /**
   * Goes on with a record that others have written too, and shows `merged`: their lines with these changes.
   * The record has the changes already, or they are still to be saved.
   */
  rebase(record: SessionRecord, changes: Changes, merged: string, saved: boolean): void {
    const stored = new Finder(this.#read(record.lines))
    const shown = new Finder(merged)
    const mine = new Map(changes.lines.map((change) => [change.kind + change.name, change]))
    for (const fields of this.#all) fields?.rebase(shown, stored, mine, changes.tick)
    if (saved && this.#lifetimes === changes.lifetimes) this.#lifetimes = undefined
    else if (this.#lifetimes) {
      const base = { ...this.record?.meta, ...(saved && changes.lifetimes) }
      this.#lifetimes = mergeLifetimes(base, this.#lifetimes, record.meta)
    }
    this.record = record
    this.#lines = stored.lines
  }

  /** Only the deadline has moved. */
  touched(expiresAt: number): void {
    if (this.record) this.record = { ...this.record, expiresAt }
  }

  /** Drops what was not saved and shows what `record` holds; nothing, if there is none. */
  reset(record?: SessionRecord): void {
    for (const fields of this.#all) fields?.forget(true)
    this.#lifetimes = undefined
    this.record = record
    this.#lines = record ? this.#read(record.lines) : NO_LINES
  }

  /** Leaves only what this request has assigned: what it began with is not its own to carry on. */
  forgetLoaded(): void {
    for (const fields of this.#all) fields?.forget(false)
    this.record = undefined
    this.#lines = NO_LINES
  }

  /** Leaves out the keys whose deadline has passed, in this record and in all that follow. */
  expireKeys(now: number): void {
    this.#expiredAt = now
    const lines = this.#read(this.#lines)
    if (lines === this.#lines) return
    const left = new Finder(lines)
    for (const fields of this.#all) fields?.dropLost(left)
    this.#lines = lines
  }

  /** A draft of a new session that begins with some keys of this one, unsaved changes included. */
  keeping(keep: (name: string) => boolean): Draft {
    const draft = new Draft(this.#owner, undefined, this.kept(this.#lines, keep))
    draft.#expiredAt = this.#expiredAt
    draft.tick = this.tick
    if (this.#data) draft.data.adopt(this.#data, keep)
    if (this.#deadlines) draft.deadlines.adopt(this.#deadlines, keep)
    return draft
  }

  /** Of these lines, those of kept keys and of their deadlines. */
  kept(lines: string, keep: (name: string) => boolean): string {
    return keptLines(this.#read(lines), keep)
  }

  get #all(): readonly (Fields | undefined)[] {
    return [this.#deadlines, this.#flash, this.#annotations, this.#data]
  }

  #read(lines: string): string {
    return this.#expiredAt === undefined ? lines : withoutExpired(lines, this.#expiredAt)
  }
}

const NONE: OwnLifetimes = {}
const PLAIN: FaceOptions = { isReserved: isProto }

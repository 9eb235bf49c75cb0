import { merge, type Resolver, type Version } from '../concurrency/merge.ts'
import { CorruptRecordError } from '../errors.ts'
import type { Meta, SessionRecord } from '../record.ts'
import type { Session } from '../session.ts'
import { changedKeys, parseContent, type Serializer, stringifyContent, type Values } from './content.ts'
import { FlashBag, replace } from './flash-bag.ts'
import { UserFace } from './object.ts'

/** Looks at what was read from a store and leaves out what is no longer meant to be there. */
export type LoadFilter = (loaded: Loaded, now: number) => void

/** A record as it is read, for a `LoadFilter`. */
export interface Loaded {
  readonly keyDeadlines: Readonly<Record<string, number>>
  /** Leaves the key out, and its deadline with it. That alone is not a change of the session. */
  readonly drop: (key: string) => void
}

const NOT_STORED: Meta = { createdAt: 0, updatedAt: 0 }
const NOTHING: Version = { meta: NOT_STORED, content: { data: {}, flash: {} } }

const emptyTexts = new WeakMap<Serializer, string>()

/** What a serializer makes of a session without data. */
function textOfNothing(serializer: Serializer): string {
  let text = emptyTexts.get(serializer)
  if (text === undefined) emptyTexts.set(serializer, (text = stringifyContent(serializer, NOTHING.content)))
  return text
}

/** What a record says after the filters. */
export interface Reading extends Version {
  /** Stored keys that bear a reserved name. */
  readonly leftOut: readonly string[]
  /** Something the record holds was left out. */
  readonly altered: boolean
}

/** The live data of one session: what was read, what the user made of it, and how they differ. */
export class WorkingCopy {
  readonly #session: Session
  readonly #serializer: Serializer
  readonly #loadedAt: number
  #record: SessionRecord | undefined
  #base: string | undefined
  #face: UserFace | undefined
  #flash: Values = {}
  #bag: FlashBag | undefined
  #meta: Meta
  #metaChanged = false
  /** Stored keys that cannot be shown, since they bear reserved names. */
  leftOut: readonly string[] = []

  constructor(session: Session, serializer: Serializer, record?: SessionRecord) {
    this.#session = session
    this.#serializer = serializer
    this.#record = record
    this.#loadedAt = record ? session.now : 0
    this.#meta = record ? record.meta : NOT_STORED
  }

  /** The metadata as this request wants it. */
  get meta(): Meta {
    return this.#meta
  }

  setMeta(changes: { readonly [Name in keyof Meta]?: Meta[Name] | undefined }): void {
    this.#meta = { ...this.#meta, ...changes } as Meta
    this.#metaChanged = true
  }

  /** The metadata with what belongs to the flash. */
  get currentMeta(): Meta {
    return this.#bag ? { ...this.#meta, flashMarks: this.#bag.content.marks } : this.#meta
  }

  /** The stored record this copy is based on. */
  get record(): SessionRecord | undefined {
    return this.#record
  }

  /** Somebody has looked at the data; before that nothing is parsed and nothing can have changed. */
  get opened(): boolean {
    return this.#face !== undefined
  }

  /** Nobody has looked at the data or set anything beside them. */
  get pristine(): boolean {
    return this.#face === undefined && !this.#metaChanged
  }

  /** The object that `ctx.session` returns. @throws CorruptRecordError */
  get face(): UserFace {
    return this.#face ?? this.#open()
  }

  get flash(): FlashBag {
    this.#bag ??= new FlashBag(this.#serializer, this.#flash, this.#meta.flashMarks)
    return this.#bag
  }

  /** Somebody has the flash in hand. */
  get flashAsked(): boolean {
    return this.#bag !== undefined
  }

  /** A look at the flash has taken place. */
  get flashLooked(): boolean {
    return this.#bag?.looked === true
  }

  get empty(): boolean {
    if (!this.#face) return this.#record === undefined
    return Object.keys(this.#face).length === 0 && Object.keys(this.#messages).length === 0
  }

  /** Found by comparing serialised forms: nested changes count, equal values do not. */
  get changed(): boolean {
    return this.unsaved !== undefined
  }

  /** The text that has to be stored, or `undefined` when nothing has changed. @throws SessionSerializeError */
  get unsaved(): string | undefined {
    if (!this.#record) {
      // A lifetime of its own or the deadline of a key that is to come is written, too.
      if (this.#metaChanged) return this.serialize()
      if (this.empty) return undefined
      // What the serializer leaves out, such as a key set to `undefined`, is nothing to create a session for.
      const text = this.serialize()
      return text === textOfNothing(this.#serializer) ? undefined : text
    }
    const forced = this.#metaChanged || this.#bag?.rewritten === true
    if (!forced && !this.#face) return undefined
    const text = this.serialize()
    return forced || text !== this.#base ? text : undefined
  }

  /** The text of the content as it is now. @throws SessionSerializeError */
  serialize(): string {
    if (!this.#face && this.#record) return this.#record.body
    return stringifyContent(this.#serializer, this.version.content)
  }

  /** What this request would store. */
  get version(): Version {
    return {
      meta: this.currentMeta,
      content: { data: { ...(this.face as unknown as Values) }, flash: this.#messages },
    }
  }

  /** What a record says, without what the filters leave out. @throws CorruptRecordError */
  read(record: SessionRecord, now: number = this.#session.now): Reading {
    const parsed = parseContent(this.#serializer, record.body)
    if (!parsed)
      throw new CorruptRecordError(`The data of session ${record.id} cannot be parsed by the serializer.`)
    const { data, flash, leftOut } = parsed
    const { keyDeadlines } = record.meta
    const reading = { meta: record.meta, content: { data, flash }, leftOut, altered: leftOut.length > 0 }
    return keyDeadlines ? this.#filter(reading, keyDeadlines, now) : reading
  }

  #filter(reading: Reading, deadlines: Readonly<Record<string, number>>, now: number): Reading {
    const { meta, content } = reading
    const keyDeadlines = { ...deadlines }
    let { altered } = reading
    const drop = (key: string): void => {
      delete keyDeadlines[key]
      delete content.data[key]
      altered = true
    }
    for (const filter of this.#session.filters) filter({ keyDeadlines: deadlines, drop }, now)
    return { ...reading, meta: { ...meta, keyDeadlines }, altered }
  }

  /** The names of the top-level keys that this request changed. */
  get changedKeys(): string[] {
    const base = this.#record ? this.read(this.#record).content.data : {}
    return changedKeys(this.#serializer, base, this.version.content.data)
  }

  /** What was stored is exactly what this copy holds. */
  committed(record: SessionRecord): void {
    this.#record = record
    this.#base = record.body
    this.#meta = record.meta
    this.#metaChanged = false
    if (this.#bag) this.#bag.rewritten = false
  }

  /** Only the deadline has moved. */
  touched(expiresAt: number): void {
    if (this.#record) this.#record = { ...this.#record, expiresAt }
  }

  /** Drops unsaved changes and shows what `record` holds; nothing, if there is none. */
  reset(record?: SessionRecord): void {
    if (!record) {
      replace(this.face as unknown as Values, {})
      this.#flash = {}
      this.#bag?.adopt({ messages: {}, marks: {} })
      this.#record = undefined
      this.#base = undefined
      this.#meta = NOT_STORED
      this.#metaChanged = false
      return
    }
    const reading = this.read(record)
    this.adopt(record, reading)
    this.#meta = reading.meta
    if (reading.altered) this.#base = this.#baseOf(reading)
  }

  /** Shows what `record` holds, which is `version`. */
  adopt(record: SessionRecord, { meta, content }: Version): void {
    replace(this.face as unknown as Values, content.data)
    this.#flash = content.flash
    this.#bag?.adopt({ messages: content.flash, marks: meta.flashMarks ?? {} })
    this.committed(record)
  }

  /**
   * Takes `record`, which others wrote, as the new base and keeps this request's unsaved changes on top of
   * it, save those of the keys in `yielding`. `saved`: the changes up to that text are in the record.
   */
  rebase(record: SessionRecord, yielding: readonly string[] = [], saved?: string): void {
    const before = this.#record
    const base: Version = before ? this.read({ ...before, body: saved ?? before.body }) : NOTHING
    const theirs = this.read(record)
    const mine = this.version
    for (const key of yielding) {
      if (Object.hasOwn(base.content.data, key)) mine.content.data[key] = base.content.data[key]
      else delete mine.content.data[key]
    }
    const metaChanged = this.#metaChanged
    const rewritten = this.#bag?.rewritten === true
    const merged = merge(this.#serializer, base, mine, theirs, this.#session.resolvers)
    this.adopt(record, merged)
    this.#base = this.#baseOf(theirs)
    this.#meta = merged.meta
    this.#metaChanged = metaChanged
    if (this.#bag) this.#bag.rewritten = rewritten
    this.#session.reportClashes(merged.conflicts)
  }

  /** Merges this request's changes with those in `theirs`. */
  mergeWith(theirs: SessionRecord, resolvers?: Readonly<Record<string, Resolver>>): ReturnType<typeof merge> {
    const base = this.read(this.#record!)
    return merge(this.#serializer, base, this.version, this.read(theirs), resolvers)
  }

  /** A filter that came after the data had been looked at. */
  applyLate(filter: LoadFilter): void {
    const face = this.#face as Values | undefined
    if (!face || !this.#record) return
    const drop = (key: string): void => {
      delete face[key]
    }
    filter({ keyDeadlines: this.#meta.keyDeadlines ?? {}, drop }, this.#loadedAt)
    const reading = this.read(this.#record, this.#loadedAt)
    this.#meta = { ...this.#meta, keyDeadlines: reading.meta.keyDeadlines ?? {} }
    this.#base = this.#baseOf(reading)
  }

  /** No write through this object may look as if it were saved. */
  freeze(): void {
    Object.freeze(this.face)
  }

  get #messages(): Values {
    return this.#bag ? this.#bag.content.messages : this.#flash
  }

  #open(): UserFace {
    let data: Values = {}
    if (this.#record) {
      const reading = this.read(this.#record, this.#loadedAt)
      data = reading.content.data
      this.#flash = reading.content.flash
      if (reading.altered) this.#meta = { ...this.#meta, keyDeadlines: reading.meta.keyDeadlines ?? {} }
      this.#base = reading.altered ? this.#baseOf(reading) : this.#record.body
      this.leftOut = reading.leftOut
    }
    this.#face = new UserFace(this.#session, data)
    return this.#face
  }

  #baseOf({ content }: Version): string {
    return stringifyContent(this.#serializer, content)
  }
}

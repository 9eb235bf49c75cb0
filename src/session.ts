import type { Context } from 'koa'
import type { Concurrency } from './concurrency/options.ts'
import { type Duration, DURATION_FORMS, parseDuration } from './checks/duration.ts'
import { CorruptRecordError, UnsupportedError } from './errors.ts'
import {
  emitEvent,
  type EventTarget,
  reportError,
  type SessionEvent,
  type SessionEventName,
} from './events.ts'
import type { Meta, SessionRecord } from './record.ts'
import { type Bindings, BindingRules } from './session/bindings.ts'
import { splitCallback, withCallback } from './session/callback.ts'
import { isPlainData, kindOf, type Serializer, type Values } from './session/content.ts'
import { Credential, type Delivery } from './session/credential.ts'
import { DeadlinePlan, type ExtensionRule } from './session/deadline.ts'
import { type FlashBag, replace } from './session/flash-bag.ts'
import { headersSent, notLoaded, unavailable, UNLOADED } from './session/guards.ts'
import { mayWriteLate, watchLateWrites } from './session/late-writes.ts'
import { KeptKeys } from './session/kept-keys.ts'
import * as life from './session/lifetime.ts'
import type { Flash, NodeCallback, RegenerateOptions, SessionData, SessionObject } from './session/members.ts'
import type { UserFace } from './session/object.ts'
import type { Ending, Persistence } from './session/persistence.ts'
import { isReserved, refuseReserved } from './session/reserved.ts'
import { VerbQueue } from './session/verbs.ts'
import { type LoadFilter, WorkingCopy } from './session/working-copy.ts'
import type { CookieAttributes } from './states/cookie-options.ts'
import type { MaybePromise } from './maybe-promise.ts'
import type { TokenFormat } from './token.ts'
import { wrongOption } from './checks/messages.ts'

/** What all sessions of one middleware have in common. */
export interface SessionSettings extends life.Lifetimes {
  readonly app: EventTarget
  readonly clock: () => number
  readonly serializer: Serializer
  readonly token: TokenFormat
  /** Shared by a middleware and its siblings. */
  readonly family: symbol
}

const NO_TOKENS: readonly string[] = []
const NO_FILTERS: readonly LoadFilter[] = []
const NO_ENDINGS: readonly Ending[] = []
const NO_FLASH: Flash = Object.freeze({})

/**
 * The session of one request: the same object from the first stage to the last. `ctx.session` is its
 * `data`, with the same verbs.
 */
export class Session {
  readonly #ctx: Context
  readonly #settings: SessionSettings
  readonly #plan: DeadlinePlan
  #phase: 'unloaded' | 'open' | 'unavailable' | 'committed' = 'unloaded'
  #copied: WorkingCopy | undefined
  #persistence: Persistence | undefined
  #verbs: VerbQueue | undefined
  #pledgedUntil: number | undefined
  #bindings: BindingRules | undefined
  #candidates = NO_TOKENS
  #lateStore = false
  #watched = false
  #dropped = false
  #answer: ((ctx: Context, session: Session) => void) | undefined

  /** Token and id, and what the client knows of them. */
  readonly credential: Credential
  /** What looks at every record that is read for this session. */
  filters: readonly LoadFilter[] = NO_FILTERS
  /** Stored sessions that this request has ended and whose records do not say so yet. */
  endings: readonly Ending[] = NO_ENDINGS
  /** Somebody has looked through `ctx.session`; what stages do through `data` does not count. */
  used = false
  /** A parallel request ended or moved this session, so nothing of it is stored and no cookie is sent. */
  barred = false
  /** The session of the client's token has just gone on under a new id. */
  moved = false
  endReason: string | undefined
  noStore = false
  cookieOptions: CookieAttributes | undefined

  constructor(ctx: Context, settings: SessionSettings) {
    this.#ctx = ctx
    this.#settings = settings
    this.#plan = new DeadlinePlan(settings)
    this.credential = new Credential(settings.token)
  }

  // What there is

  get id(): string {
    return this.credential.id
  }

  /** The tokens that the client showed, none of them verified. Private inside, so that no inspection shows one. */
  get candidates(): readonly string[] {
    return this.#candidates
  }

  set candidates(tokens: readonly string[]) {
    this.#candidates = tokens
  }

  /** The credential itself. Hand it to nobody but the client. */
  get token(): string | undefined {
    return this.credential.token
  }

  /** The time, by the middleware's clock. */
  get now(): number {
    return this.#settings.clock()
  }

  /** A stored record is behind it. */
  get stored(): boolean {
    return this.#copied?.record !== undefined
  }

  get isNew(): boolean {
    return !this.stored
  }

  /** The data differ from what is stored. A session nobody looked at is never serialised to find out. */
  get changed(): boolean {
    return this.#copy.changed
  }

  /** The very object that `ctx.session` returns. */
  get data(): SessionObject {
    if (this.#phase === 'unloaded') return UNLOADED as unknown as SessionObject
    if (this.#phase === 'committed') this.#watchLateWrites()
    return this.#face() as unknown as SessionObject
  }

  /** `ctx.session = null` and `ctx.session = { … }`. */
  set data(value: SessionObject | Values | null) {
    if (value === null) {
      this.#endByAssignment()
      return
    }
    if (!isPlainData(value)) {
      throw new TypeError(
        `Expected ctx.session to be set to an object of data or to null, got ${kindOf(value)}.`,
      )
    }
    this.#requireOpen()
    // Parsed JSON can bring a key `__proto__`, which nobody meant to assign: it is left out, as a stored one is.
    const { ['__proto__']: _, ...values } = value
    const reserved = Object.keys(values).find(isReserved)
    if (reserved !== undefined) throw refuseReserved(reserved)
    const face = this.data
    if (Object.hasOwn(value, '__proto__')) this.#reportLeftOut(['__proto__'])
    replace(face as unknown as Values, values)
  }

  get createdAt(): Date | undefined {
    const record = this.#copy.record
    return record && new Date(record.meta.createdAt)
  }

  get updatedAt(): Date | undefined {
    const record = this.#copy.record
    return record && new Date(record.meta.updatedAt)
  }

  get expiresAt(): Date | undefined {
    return this.stored ? new Date(this.deadline(this.changed)) : undefined
  }

  /** The deadline that the record has in the store, in milliseconds since the epoch. */
  get storedUntil(): number | undefined {
    return this.#copied?.record?.expiresAt
  }

  // Lifetimes

  get idleTimeout(): number | false {
    return life.lifetimesOf(this.#copy.meta, this.#settings).idleTimeout
  }

  set idleTimeout(timeout: Duration | false) {
    this.#setLifetime('idleTimeout', timeout)
  }

  get absoluteTimeout(): number | false {
    return life.lifetimesOf(this.#copy.meta, this.#settings).absoluteTimeout
  }

  set absoluteTimeout(timeout: Duration | false) {
    this.#setLifetime('absoluteTimeout', timeout)
  }

  expireKey(key: string, ttl: Duration): void {
    this.#requireOpen()
    if (typeof key !== 'string' || key === '')
      throw new TypeError(`Expected the name of a key, got ${kindOf(key)}.`)
    if (isReserved(key)) throw refuseReserved(key)
    const ms = parseDuration(ttl)
    if (ms === undefined) {
      throw wrongOption(`the ttl of '${key}'`, DURATION_FORMS, ttl)
    }
    const { meta } = this.#copy
    this.#copy.setMeta({ keyDeadlines: { ...meta.keyDeadlines, [key]: this.now + ms } })
  }

  /** Extends the session, to the next idle deadline or to `until`; never beyond its absolute deadline. */
  extend(until?: number | Date): void {
    this.#requireOpen()
    this.#plan.extend(
      until === undefined ? life.nextDeadline(this.#copy.meta, this.#settings, this.now) : Number(until),
    )
  }

  /** `rule` says whether an unmodified session that was used is extended; a modified one is always. */
  extendWhen(rule: ExtensionRule): void {
    this.#plan.rule = rule
  }

  /**
   * The deadline this request leaves behind, in milliseconds since the epoch. `newest`: what stands in the
   * store now, where that is another record than the one that was loaded.
   */
  deadline(modified: boolean, newest?: SessionRecord): number {
    const { record, meta } = this.#copy
    if (!record) return this.#plan.first({ ...meta, createdAt: this.now }, this.now)
    const basis = newest ?? record
    return this.#plan.after(basis, modified && !newest ? meta : basis.meta, this, modified)
  }

  // Flash

  get flash(): Flash {
    if (this.#phase === 'unloaded') return UNLOADED
    if (this.unavailable) return NO_FLASH
    return this.flashBag.face
  }

  set flash(messages: Flash) {
    this.#requireOpen()
    if (!isPlainData(messages))
      throw new TypeError(`Expected flash to be an object of messages, got ${kindOf(messages)}.`)
    this.flashBag.assign(messages)
  }

  keepFlash(...keys: string[]): void {
    this.flashBag.keep(keys)
  }

  clearFlash(): void {
    this.#requireOpen()
    this.flashBag.clear()
  }

  /** The messages, and which of them have been seen. */
  get flashBag(): FlashBag {
    this.#face()
    return this.#copy.flash
  }

  /** This request has the flash in hand, be it to assign or to look. */
  get flashAsked(): boolean {
    return this.#copied?.flashAsked === true
  }

  /** This request has looked at the flash. */
  get flashLooked(): boolean {
    return this.#copied?.flashLooked === true
  }

  // Bindings

  get boundAddress(): string | undefined {
    return this.#copy.meta.boundAddress
  }

  set boundAddress(address: undefined) {
    this.#release('boundAddress', address)
  }

  get boundUserAgent(): string | undefined {
    return this.#copy.meta.boundUserAgent
  }

  set boundUserAgent(userAgent: undefined) {
    this.#release('boundUserAgent', userAgent)
  }

  /** `fn` runs once before a record is first written, by whichever path, and says what it is bound to. */
  onCreate(fn: (bindings: Bindings) => void): void {
    this.#bindings ??= new BindingRules()
    this.#bindings.add(fn)
  }

  /** `answer` tells the client what `delivery` says; it runs after every verb, as the headers may leave then. */
  answerWith(answer: (ctx: Context, session: Session) => void): void {
    this.#answer = answer
  }

  // Verbs

  get lateStore(): boolean {
    return this.#lateStore
  }

  set lateStore(late: boolean) {
    if (late && this.credential.sealed) {
      throw new UnsupportedError(
        'lateStore cannot work with a sealed session: its record leaves with the headers.',
      )
    }
    this.#lateStore = late
  }

  destroy(reason?: string | NodeCallback, callback?: NodeCallback): Promise<void> {
    const [why, done] = splitCallback(reason, callback)
    try {
      this.end(why)
    } catch (error) {
      return withCallback(Promise.reject(error), done)
    }
    // What could not be ended is tried again at the commit, so a forgotten await loses no error.
    const work = this.#verb(async () => this.#persistence?.settleEndings())
    work.catch(() => undefined)
    return withCallback(work, done)
  }

  changeId(callback?: NodeCallback): Promise<void> {
    return withCallback(
      this.#verb(async () => {
        this.requireHeaders()
        const to = this.credential.draw()
        if (this.stored && this.#persistence) {
          const copy = this.#copy
          const record = await this.#persistence.move(to, (newest) => newest)
          if (!record || this.#endedMeanwhile(copy, record)) return
          copy.rebase(record)
        }
        if (!this.credential.sealed || !this.stored) this.credential.take(to)
      }),
      callback,
    )
  }

  regenerate(options?: RegenerateOptions | NodeCallback, callback?: NodeCallback): Promise<void> {
    const [chosen, done] = splitCallback(options, callback)
    return withCallback(
      this.#verb(() => this.#regenerate(chosen?.keep ?? false)),
      done,
    )
  }

  save(callback?: NodeCallback): Promise<void> {
    const work = this.#verb(async () => this.#required().save())
    work.catch(() => undefined)
    return withCallback(work, callback)
  }

  touch(): Promise<void> {
    return this.#verb(async () => {
      this.extend()
      await this.#required().touch()
    })
  }

  reload(): Promise<void> {
    return this.#verb(async () => this.#required().reload())
  }

  update<Result>(change: (data: SessionData) => MaybePromise<Result>): Promise<Result> {
    return this.#verb(async () => this.#required().update(change as (data: Values) => MaybePromise<Result>))
  }

  // For the stages that load, check and store

  /** Ends the session in this request at once; its record is told by `destroy` or at the commit. */
  end(reason?: string): void {
    this.#requireOpen()
    const { record } = this.#copy
    if (record || this.moved) this.endings = [...this.endings, { record, reason }]
    else if (this.candidates.length > 0 && !this.barred) this.credential.dead = true
    this.endReason = reason
    this.#restart(new WorkingCopy(this, this.#settings.serializer))
  }

  /** No session for this request: an empty, frozen one stands in, and nothing is stored or sent. */
  refuse(reason?: string): void {
    this.endReason = reason ?? this.endReason
    this.#phase = 'unavailable'
    this.#copied = undefined
    this.#copy.freeze()
  }

  get unavailable(): boolean {
    return this.#phase === 'unavailable'
  }

  /** Gives the session its verbs. Call it before `load`. */
  persistWith(persistence: Persistence): void {
    this.#persistence = persistence
  }

  /** Another way to reconcile parallel requests, for this one: what a sibling of `with()` does. */
  async changeConcurrency(asked: Concurrency | undefined): Promise<void> {
    if (!this.unavailable) await this.#required().changeConcurrency(asked)
  }

  get family(): symbol {
    return this.#settings.family
  }

  /** The session can be used from now on: with the live record of `token`, or as a new one. */
  load(token?: string, record?: SessionRecord): void {
    if (this.#phase !== 'unloaded') return
    this.#phase = 'open'
    if (token === undefined || !record) return
    this.credential.accept({ id: record.id, token }, record.expiresAt)
    this.#copied = new WorkingCopy(this, this.#settings.serializer, record)
  }

  /** `filter` looks at every record read for this session, the one that is loaded already included. */
  onLoad(filter: LoadFilter): void {
    this.filters = [...this.filters, filter]
    this.#copied?.applyLate(filter)
  }

  /** A look through `ctx.session`. */
  look(): SessionObject {
    this.used = true
    return this.data
  }

  /** The data as they are, and as they were read: what a stage that persists works on. */
  get copy(): WorkingCopy {
    return this.#copy
  }

  get serializer(): Serializer {
    return this.#settings.serializer
  }

  /** The metadata of a record that is about to be created. */
  newMeta(): Meta {
    const { now } = this
    return { ...this.#copy.currentMeta, ...this.#bindings?.draw(), createdAt: now, updatedAt: now }
  }

  /** The metadata of a record that takes over from this session, and is bound anew. */
  freshMeta(keyDeadlines: Record<string, number>): Meta {
    const { now } = this
    return { ...this.#bindings?.draw(), keyDeadlines, createdAt: now, updatedAt: now }
  }

  /** The record will be stored after the response; the client is told now. */
  pledge(): void {
    this.#pledgedUntil = this.deadline(!this.noStore && this.changed)
    if (!this.stored) this.credential.take({ id: this.id, token: this.token })
  }

  /** Drops unsaved changes and shows what is stored now; nothing, if the session has ended. */
  reset(record?: SessionRecord): void {
    this.#plan.reset()
    this.#bindings?.reset()
    if (!record) this.credential.drop()
    this.#copy.reset(record)
  }

  /** The lifetimes of the options. */
  get lifetimes(): life.Lifetimes {
    return this.#settings
  }

  /** The client was told of the session before its record is stored. */
  get pledged(): boolean {
    return this.#pledgedUntil !== undefined
  }

  /** What the client has to be told, if the headers left now. */
  get delivery(): Delivery {
    if (this.barred || this.unavailable) return 'none'
    const until = this.deliveredUntil
    const due = this.credential.delivery(until)
    // Other attributes have to reach the client, even if nothing else has changed.
    return due === 'none' && until !== undefined && this.cookieOptions !== undefined ? 'renew' : due
  }

  /** Nobody has looked at the session or asked anything of it. */
  get untouched(): boolean {
    return (
      !this.used &&
      (this.#copied?.pristine ?? true) &&
      !this.#plan.ordered &&
      !this.busy &&
      this.endings.length === 0
    )
  }

  /** The deadline the client is told. */
  get deliveredUntil(): number | undefined {
    return this.#pledgedUntil ?? this.storedUntil
  }

  /** A verb may be under way. */
  get busy(): boolean {
    return this.#verbs?.idle === false
  }

  /** Resolves when the verbs that were called have come to their end. */
  async settled(): Promise<void> {
    await this.#verbs?.settled()
  }

  /** What is written from now on comes too late; it is reported. `dropped`: not all that there is was stored. */
  close(dropped = false): void {
    this.#phase = 'committed'
    this.#dropped = dropped
    if (this.#copied?.opened === true && mayWriteLate(this.#ctx)) this.#watchLateWrites()
  }

  /** Says which keys of a parallel request have met other values of this one. */
  reportClashes(keys: readonly string[]): void {
    if (keys.length > 0 && this.#persistence?.resolvers) this.emit('session:conflict', { keys })
  }

  /** What settles keys that a parallel request has changed too. */
  get resolvers(): Persistence['resolvers'] {
    return this.#persistence?.resolvers
  }

  /** Emits an event of this session on the app. */
  emit(
    name: SessionEventName,
    details: Omit<SessionEvent, 'ctx' | 'id'> & { id?: string | undefined } = {},
  ): void {
    emitEvent(this.#settings.app, name, { ctx: this.#ctx, id: this.stored ? this.id : undefined, ...details })
  }

  async #regenerate(keep: boolean | readonly string[]): Promise<void> {
    this.requireHeaders()
    const old = this.#copy
    const kept = new KeptKeys(this, old, keep)
    let to = this.credential.draw()
    let record: SessionRecord | undefined
    this.#bindings?.reset()
    if (this.stored && this.#persistence) {
      record = await this.#persistence.move(
        to,
        keep === false ? undefined : (newest) => kept.carryOver(newest),
      )
      // An id that had a record for a moment is not used again.
      if (!record) to = this.credential.draw()
      // Saving a sealed session has made its token.
      if (record && this.credential.sealed) to = { id: record.id, token: this.credential.token }
      this.credential.dead = !this.barred
      if (this.#endedMeanwhile(old, record)) return
    }
    const copy = new WorkingCopy(this, this.serializer, record)
    const keyDeadlines = kept.of(old.meta.keyDeadlines ?? {})
    if (!record && Object.keys(keyDeadlines).length > 0) copy.setMeta({ keyDeadlines })
    this.#restart(copy)
    this.credential.take(to)
    replace(copy.face as unknown as Values, kept.live)
    if (!this.barred) this.reportClashes(kept.clashes)
  }

  /** `destroy` was called while the id changed, and wins: it is the moved record that has to be ended. */
  #endedMeanwhile(copy: WorkingCopy, moved: SessionRecord | undefined): boolean {
    if (copy === this.#copy) return false
    this.endings = this.endings.flatMap((ending) => {
      const { record, reason } = ending
      if (this.barred || !record || record.id !== copy.record?.id) return [ending]
      if (moved) return [{ ...ending, record: moved }]
      // Nothing was carried over, so the record has been ended already.
      this.emit('session:destroyed', { id: record.id, ...(reason !== undefined && { reason }) })
      return []
    })
    return true
  }

  // Made when first asked: a request without a session never asks.
  get #copy(): WorkingCopy {
    return (this.#copied ??= new WorkingCopy(this, this.#settings.serializer))
  }

  #endByAssignment(): void {
    const late = this.#phase === 'committed'
    this.end()
    // Nobody waits for an assignment, and the commit is over.
    if (late)
      this.#verb(() => this.#required().settleEndings()).catch((error: unknown) =>
        reportError(this.#ctx, error),
      )
  }

  #restart(copy: WorkingCopy): void {
    if (this.#copy.opened) this.#copy.freeze()
    this.#copied = copy
    this.credential.drop()
    this.#plan.reset()
    this.#bindings?.reset()
  }

  #face(): UserFace {
    if (this.unavailable) return this.#copy.face
    const { opened } = this.#copy
    try {
      const { face } = this.#copy
      if (!opened && this.#copy.leftOut.length > 0) this.#reportLeftOut(this.#copy.leftOut)
      return face
    } catch (error) {
      if (!(error instanceof CorruptRecordError)) throw error
      this.emit('session:corrupt', { reason: error.message })
      this.#restart(new WorkingCopy(this, this.#settings.serializer))
      return this.#copy.face
    }
  }

  #reportLeftOut(keys: readonly string[]): void {
    this.emit('session:corrupt', { reason: 'reserved names', keys })
  }

  /** One verb at a time, in the order of the calls. */
  #verb<T>(act: () => Promise<T>): Promise<T> {
    if (this.#phase === 'unloaded') return Promise.reject(notLoaded())
    if (this.unavailable) return Promise.reject(unavailable())
    this.#verbs ??= new VerbQueue()
    return this.#verbs.run(async () => {
      const result = await act()
      this.#answer?.(this.#ctx, this)
      return result
    })
  }

  #required(): Persistence {
    if (this.#persistence) return this.#persistence
    throw new UnsupportedError("There is no stage 'persist' in this pipeline, so nothing can be stored.")
  }

  #requireOpen(): void {
    if (this.#phase === 'unloaded') throw notLoaded()
    if (this.unavailable) throw unavailable()
  }

  /** @throws SessionError `ERR_HEADERS_SENT` when the client can no longer be told of a new token. */
  requireHeaders(): void {
    if (this.#ctx.headerSent) throw headersSent()
  }

  #setLifetime(name: keyof life.Lifetimes, timeout: Duration | false): void {
    this.#requireOpen()
    const own = { ...this.#copy.meta, [name]: life.checkTimeout(name, timeout) }
    life.checkLifetimes(
      life.lifetimesOf(
        own,
        name === 'idleTimeout' ? this.#settings : { ...this.#settings, idleTimeout: false },
      ),
    )
    this.#copy.setMeta({ [name]: own[name] })
    this.#plan.lifetimeChanged = true
  }

  #release(name: keyof Bindings, value: undefined): void {
    this.#requireOpen()
    if (value !== undefined)
      throw new TypeError(`${name} can only be set to undefined, which lets this client's change.`)
    this.#bindings ??= new BindingRules()
    this.#bindings.release(name)
    if (this.#copy.meta[name] !== undefined) this.#copy.setMeta({ [name]: undefined })
  }

  #watchLateWrites(): void {
    if (this.#watched) return
    this.#watched = true
    watchLateWrites(this.#ctx, this.#copy, this.#dropped)
  }
}

import { isPlainData, kindOf } from '../checks/messages.ts'
import type { Duration } from '../checks/duration.ts'
import { UnsupportedError } from '../errors.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import type { CookieAttributes } from '../states/cookie-options.ts'
import type { Context } from 'koa'
import { splitCallback, withCallback } from './callback.ts'
import { Life, type SessionSettings } from './life.ts'
import type { Flash, NodeCallback, RegenerateOptions, SessionData, SessionObject } from './members.ts'
import * as verbs from './verbs.ts'

/** The inside of a session, for the functions that stages are made with. */
export let lifeOf: (session: Session) => Life

/**
 * The session of one request, as stages see it: the same object from the first stage to the last.
 * `ctx.session` is its `data`, with the same verbs.
 */
export class Session {
  readonly #life: Life

  static {
    lifeOf = (session) => session.#life
  }

  constructor(ctx: Context, settings: SessionSettings) {
    this.#life = new Life(ctx, settings, this)
  }

  get id(): string {
    return this.#life.credential.id
  }

  /** The credential itself. Hand it to nobody but the client. */
  get token(): string | undefined {
    return this.#life.credential.token
  }

  /** The time in milliseconds since the epoch, by the option `clock`. */
  get now(): number {
    return this.#life.now
  }

  /** A stored record is behind it. */
  get stored(): boolean {
    return this.#life.record !== undefined
  }

  get isNew(): boolean {
    return !this.stored
  }

  /** Somebody has looked through `ctx.session`; what stages do through `data` does not count. */
  get used(): boolean {
    return this.#life.used
  }

  /** There is something to save. A value that nobody looked at is not serialised to find out. */
  get changed(): boolean {
    const { lines, lifetimes } = this.#life.draft.changes()
    return lines.length > 0 || lifetimes !== undefined
  }

  get createdAt(): Date | undefined {
    const { record } = this.#life
    return record && new Date(record.meta.createdAt)
  }

  get updatedAt(): Date | undefined {
    const { record } = this.#life
    return record && new Date(record.meta.updatedAt)
  }

  get expiresAt(): Date | undefined {
    const { record, draft } = this.#life
    if (!record) return undefined
    const changes = draft.changes()
    if (changes.lines.length === 0 && !changes.lifetimes) return new Date(this.#life.deadlineOf(record))
    const meta = draft.applyMeta(changes, record.meta, this.now)
    return new Date(this.#life.deadlineAfter(changes, { ...record, meta }))
  }

  get endReason(): string | undefined {
    return this.#life.endReason
  }

  /** The very object that `ctx.session` returns. */
  get data(): SessionObject {
    return this.#life.data as SessionObject
  }

  /** `ctx.session = null` and `ctx.session = { … }`. */
  set data(value: SessionObject | Record<string, unknown> | null) {
    if (value === null) {
      verbs.endByAssignment(this.#life)
      return
    }
    if (!isPlainData(value))
      throw new TypeError(
        `Expected ctx.session to be set to an object of data or to null, got ${kindOf(value)}.`,
      )
    verbs.replaceData(this.#life, value)
  }

  /** What stages keep in the record for themselves, each under its own name. */
  get annotations(): Record<string, unknown> {
    return this.#life.draft.annotationsFace as Record<string, unknown>
  }

  get idleTimeout(): number | false {
    return this.#life.draft.lifetimes.idleTimeout ?? this.#life.settings.idleTimeout
  }

  set idleTimeout(timeout: Duration | false) {
    verbs.setTimeoutOf(this.#life, 'idleTimeout', timeout)
  }

  get absoluteTimeout(): number | false {
    return this.#life.draft.lifetimes.absoluteTimeout ?? this.#life.settings.absoluteTimeout
  }

  set absoluteTimeout(timeout: Duration | false) {
    verbs.setTimeoutOf(this.#life, 'absoluteTimeout', timeout)
  }

  get persistent(): boolean | undefined {
    return this.#life.draft.lifetimes.persistent
  }

  set persistent(persistent: boolean) {
    verbs.setPersistent(this.#life, persistent)
  }

  get flash(): Flash {
    return this.#life.draft.flashFace as Flash
  }

  set flash(messages: Flash) {
    verbs.setFlash(this.#life, messages)
  }

  get boundAddress(): string | undefined {
    return this.annotations['boundAddress'] as string | undefined
  }

  set boundAddress(address: undefined) {
    verbs.release(this.#life, 'boundAddress', address)
  }

  get boundUserAgent(): string | undefined {
    return this.annotations['boundUserAgent'] as string | undefined
  }

  set boundUserAgent(userAgent: undefined) {
    verbs.release(this.#life, 'boundUserAgent', userAgent)
  }

  get noStore(): boolean {
    return this.#life.noStore
  }

  set noStore(noStore: boolean) {
    this.#life.noStore = noStore
  }

  get lateStore(): boolean {
    return this.#life.lateStore
  }

  set lateStore(late: boolean) {
    if (late && this.#life.credential.sealed)
      throw new UnsupportedError(
        'lateStore cannot work with a sealed session: its record leaves with the headers.',
      )
    this.#life.lateStore = late
  }

  get cookieOptions(): CookieAttributes | undefined {
    return this.#life.cookieOptions
  }

  set cookieOptions(attributes: CookieAttributes | undefined) {
    this.#life.cookieOptions = attributes
  }

  destroy(reason?: string | NodeCallback, callback?: NodeCallback): Promise<void> {
    const [why, done] = splitCallback(reason, callback)
    return withCallback(forgiving(verbs.destroy(this.#life, why)), done)
  }

  changeId(callback?: NodeCallback): Promise<void> {
    return withCallback(this.#life.heed(verbs.changeId(this.#life)), callback)
  }

  regenerate(options?: RegenerateOptions | NodeCallback, callback?: NodeCallback): Promise<void> {
    const [chosen, done] = splitCallback(options, callback)
    return withCallback(this.#life.heed(verbs.regenerate(this.#life, chosen)), done)
  }

  save(callback?: NodeCallback): Promise<void> {
    return withCallback(
      forgiving(this.#life.run((persistence) => verbs.required(persistence).save())),
      callback,
    )
  }

  touch(): Promise<void> {
    return this.#life.heed(verbs.touch(this.#life))
  }

  reload(): Promise<void> {
    return this.#life.heed(this.#life.run((persistence) => verbs.required(persistence).reload()))
  }

  update<Result>(change: (data: SessionData) => MaybePromise<Result>): Promise<Result> {
    return this.#life.heed(
      this.#life.run((persistence) =>
        verbs.required(persistence).update(change as (data: object) => MaybePromise<Result>),
      ),
    )
  }

  expireKey(key: string, ttl: Duration): void {
    verbs.expireKey(this.#life, key, ttl)
  }

  keepFlash(...keys: string[]): void {
    this.#life.requireOpen()
    this.#life.draft.flash.keep(keys)
  }

  clearFlash(): void {
    this.#life.requireOpen()
    this.#life.draft.flash.clear()
  }

  /** Extends the session, to the next idle deadline or to `until`; never beyond its absolute deadline. */
  extend(until?: number | Date): void {
    verbs.extend(this.#life, until === undefined ? undefined : Number(until))
  }

  /** `fn` runs once before a record is first written, by whichever path; what it writes is in that record. */
  onCreate(fn: () => void): void {
    this.#life.onCreate(fn)
  }
}

/** What fails here is tried again at the commit, so a forgotten `await` loses no error. */
function forgiving<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined)
  return work
}

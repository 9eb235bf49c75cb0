import type { Context } from 'koa'
import { DEVELOPMENT } from '../checks/warnings.ts'
import { Draft } from '../draft/draft.ts'
import type { Owner } from '../draft/fields.ts'
import type { Revision } from '../draft/revision.ts'
import type { Serializer } from '../draft/serializer.ts'
import type { CorruptRecordError } from '../errors.ts'
import { emitEvent, reportError, type SessionEvent, type SessionEventName } from '../events.ts'
import { isAnswered } from '../http/response.ts'
import type { Records } from '../persistence/records.ts'
import type { LockPlan } from '../persistence/session-lock.ts'
import type { SessionRecord } from '../record.ts'
import type { CookieAttributes } from '../states/cookie-options.ts'
import type { ConcurrencyPlan } from './concurrency.ts'
import { Credential, type Deliver, type Measure } from './credential.ts'
import type { Intention } from './intention.ts'
import { watchLateWrites } from './late-writes.ts'
import { noticeKey } from './notices.ts'
import { lateWrite, leftBehind, notLoaded, unavailable } from './refusals.ts'
import type { ExtensionRule, SessionSettings } from './settings.ts'
import { VerbQueue } from './verb-queue.ts'

/** A session that something stores. */
export type Persisted = Life & { readonly records: Records; readonly plan: ConcurrencyPlan }

const NONE: readonly never[] = []

/**
 * The session of one request from the inside: what `Session` shows and the verbs work on. How it is opened and
 * what a parallel request does to it is in `transitions.ts`.
 */
export class Life implements Owner {
  readonly ctx: Context
  readonly settings: SessionSettings
  readonly credential: Credential
  readonly noticed: typeof noticeKey = noticeKey
  assigning: (() => (() => void) | undefined) | undefined
  #queue: VerbQueue | undefined
  #draft: Draft | undefined
  #watched: Draft | undefined
  #incomplete: Draft | undefined
  /** Always in exactly one of these; `committed` is the last. */
  phase: 'unloaded' | 'open' | 'unavailable' | 'committed' = 'unloaded'
  /** A parallel request moved or ended the stored session, so nothing of this request is stored or sent. */
  overtaken: 'moved' | 'ended' | undefined
  /** The tokens that the client showed, none of them verified. */
  tokens: readonly string[] = NONE
  /** What the verbs have decided and the store does not know yet, in order. */
  intentions: readonly Intention[] = NONE
  /** What runs before a record is first written, and for which draft it has run. */
  beginnings: readonly (() => void)[] = NONE
  begun: Draft | undefined
  /** Bindings that the next record does not get. */
  released: readonly string[] = NONE
  used = false
  /** By which a session that was used and not modified is extended. Without it, use extends nothing. */
  rule: ExtensionRule | undefined
  /** The deadline that somebody has asked for, whatever the rule says. */
  askedUntil: number | undefined
  endReason: string | undefined
  noStore = false
  lateStore = false
  cookieOptions: CookieAttributes | undefined
  /** Until when the client was told that a session lives which is stored only later. */
  promisedUntil: number | undefined
  /** What the stage that persists gives the session; absent where nothing does. */
  records: Records | undefined
  plan: ConcurrencyPlan | undefined
  /** It is opened outside of a request, perhaps for hours: each verb is a piece of work of its own. */
  outside = false
  /** The lock that each verb takes there which writes. */
  verbLock: LockPlan | undefined
  deliver: Deliver | undefined
  measure: Measure | undefined
  expiresKeys = false
  revision: Revision | undefined
  /** What the request has failed with. */
  thrown: unknown

  constructor(ctx: Context, settings: SessionSettings) {
    this.ctx = ctx
    this.settings = settings
    this.credential = new Credential(settings)
  }

  get serializer(): Serializer {
    return this.settings.serializer
  }
  get now(): number {
    return this.settings.clock()
  }

  /** What this request makes of its session. Made when first asked: a request without one never asks. */
  get draft(): Draft {
    return (this.#draft ??= new Draft(this))
  }

  set draft(draft: Draft) {
    this.#draft = draft
  }
  get record(): SessionRecord | undefined {
    return this.#draft?.record
  }

  /** Made when first asked: most requests call none. */
  get queue(): VerbQueue {
    return (this.#queue ??= new VerbQueue())
  }

  /** Nobody has looked at the session or asked anything of it. */
  get untouched(): boolean {
    return !this.used && !this.busy && this.askedUntil === undefined && (this.#draft?.untouched ?? true)
  }

  /** A verb may be under way or not carried out yet. */
  get busy(): boolean {
    return this.#queue?.busy === true || this.intentions.length > 0
  }

  /** @throws SessionError when there is no session to write to. */
  requireOpen(): void {
    if (this.phase === 'unloaded') throw notLoaded()
    if (this.phase === 'unavailable') throw unavailable()
  }

  mayWrite(draft: Draft): boolean {
    this.requireOpen()
    if (draft !== this.#draft) throw leftBehind()
    if (this.phase !== 'committed') return true
    const answered = isAnswered(this.ctx)
    if (!answered) this.#watch(false)
    else if (DEVELOPMENT) throw lateWrite([])
    else reportError(this.ctx, lateWrite([]))
    return !answered
  }

  corrupt(error: CorruptRecordError): void {
    this.emit('session:corrupt', { reason: error.message })
    if (this.phase === 'open') this.end()
  }

  leftOut(draft: Draft, keys: readonly string[]): void {
    if (this.#incomplete === draft) return
    this.#incomplete = draft
    this.emit('session:corrupt', { reason: 'reserved names', keys })
  }

  /** Ends the session in this request at once; the store is told by a verb or at the commit. */
  end(reason?: string, others: readonly string[] = NONE): void {
    this.requireOpen()
    let from = this.draft
    let last = this.intentions.at(-1)
    // A move that has not begun need not take place.
    for (; last?.to === from && !last.begun; last = this.intentions.at(-1)) {
      from = last.from
      this.intentions = this.intentions.slice(0, -1)
    }
    const lost = !from.record && this.overtaken === 'moved'
    if (from.record || last?.to === from || lost || others.length > 0)
      this.intentions = [...this.intentions, { from, reason, others: new Set(others), lost }]
    else if (this.tokens.length > 0) this.credential.dead = true
    this.endReason = reason
    // What is written from now on revives nothing: it begins another session.
    if (this.overtaken === 'ended') this.overtaken = undefined
    const next = new Draft(this)
    if (this.expiresKeys) next.expireKeys(this.now)
    this.restart(next)
  }

  /** Another session begins in the place of this one, whose object can no longer be written. */
  restart(draft: Draft): void {
    this.#draft = draft
    this.credential.drop()
    this.askedUntil = undefined
    this.released = NONE
  }

  /** What is written from now on comes too late. */
  close(saved: boolean): void {
    this.phase = 'committed'
    for (const error of this.#queue?.failures ?? NONE) if (error !== this.thrown) reportError(this.ctx, error)
    // Looking for changes inside of values serialises them once more, which is for finding mistakes.
    if (DEVELOPMENT && this.#draft && !this.#draft.untouched) this.#watch(saved)
  }

  /** Emits an event of this session on the app. */
  emit(name: SessionEventName, details: Partial<Omit<SessionEvent, 'ctx'>> = {}): void {
    emitEvent(this.settings.app, name, { ctx: this.ctx, id: this.record && this.credential.id, ...details })
  }

  #watch(saved: boolean): void {
    const { draft } = this
    if (this.#watched !== draft) watchLateWrites(this.ctx, draft, saved)
    this.#watched = draft
  }
}

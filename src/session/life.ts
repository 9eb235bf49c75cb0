import type { Context } from 'koa'
import { type Changes, Draft, type Owner } from '../draft/draft.ts'
import type { Serializer } from '../draft/serializer.ts'
import type { CorruptRecordError } from '../errors.ts'
import {
  emitEvent,
  type EventTarget,
  reportError,
  type SessionEvent,
  type SessionEventName,
} from '../events.ts'
import { isAnswered } from '../http/response.ts'
import type { Lifetimes } from '../persistence/lifetime.ts'
import type { Gone } from '../persistence/records.ts'
import type { SessionRecord } from '../record.ts'
import type { CookieAttributes } from '../states/cookie-options.ts'
import type { TokenFormat } from '../token.ts'
import { Credential } from './credential.ts'
import type { Deliver } from './delivery.ts'
import { Extension } from './extension.ts'
import { lateWrite, leftBehind, notLoaded, unavailable } from './guards.ts'
import { type Intention, KEEP_NONE } from './intention.ts'
import { THOROUGH, watchLateWrites } from './late-writes.ts'
import { UserFace } from './object.ts'
import type { Persistence } from './persistence.ts'
import { VerbQueue } from './verb-queue.ts'

/** What all sessions of one middleware have in common. */
export interface SessionSettings extends Lifetimes {
  readonly app: EventTarget
  readonly clock: () => number
  readonly serializer: Serializer
  readonly token: TokenFormat
  /** Shared by a middleware and its siblings. */
  readonly family: symbol
}

/** How long a token that moved to a new id begins no session: a late answer must not overwrite the new cookie. */
const SILENT_FOR = 10_000

const NO_TOKENS: readonly string[] = []

/** The session of one request from the inside: what `Session` shows, and what becomes of it. */
export class Life implements Owner {
  readonly ctx: Context
  readonly settings: SessionSettings
  readonly credential: Credential
  readonly extension: Extension
  readonly #members: object
  #draft: Draft | undefined
  #verbs: VerbQueue | undefined
  #watched: Draft | undefined
  #incomplete: Draft | undefined
  #beginnings: (() => void)[] | undefined
  #begun: Draft | undefined
  /** Always in exactly one of these; `committed` is the last. */
  phase: 'unloaded' | 'open' | 'unavailable' | 'committed' = 'unloaded'
  /** A parallel request moved or ended the stored session, so nothing of this request is stored or sent. */
  overtaken: 'moved' | 'ended' | undefined
  /** The tokens that the client showed, none of them verified. */
  tokens: readonly string[] = NO_TOKENS
  /** What the verbs have decided and the store does not know yet, in order. */
  readonly intentions: Intention[] = []
  /** Bindings that the next record does not get. */
  released: string[] = []
  used = false
  endReason: string | undefined
  noStore = false
  lateStore = false
  cookieOptions: CookieAttributes | undefined
  /** Until when the client was told that a session lives which is stored only later. */
  promisedUntil: number | undefined
  persistence: Persistence | undefined
  deliver: Deliver | undefined
  expiresKeys = false
  /** Of verbs that somebody may or may not have waited for. */
  readonly failures: unknown[] = []

  constructor(ctx: Context, settings: SessionSettings, members: object) {
    this.ctx = ctx
    this.settings = settings
    this.#members = members
    this.credential = new Credential(settings.token)
    this.extension = new Extension(settings)
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

  get record(): SessionRecord | undefined {
    return this.#draft?.record
  }

  get data(): object {
    const { draft } = this
    return draft.face ?? draft.open(new UserFace(this.#members, draft))
  }

  // What a draft asks of whoever holds it

  mayWrite(draft: Draft): boolean {
    this.requireOpen()
    if (draft !== this.#draft) throw leftBehind()
    if (this.phase !== 'committed') return true
    if (!isAnswered(this.ctx)) {
      this.#watch(false)
      return true
    }
    if (THOROUGH) throw lateWrite([])
    reportError(this.ctx, lateWrite([]))
    return false
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

  /** @throws SessionError when there is no session to write to. */
  requireOpen(): void {
    if (this.phase === 'unloaded') throw notLoaded()
    if (this.phase === 'unavailable') throw unavailable()
  }

  // What becomes of it

  /** The session can be used from now on: as a new one, or with the live record of `token`. */
  open(token?: string, record?: SessionRecord): void {
    if (this.phase !== 'unloaded') return
    this.phase = 'open'
    if (token === undefined || !record) return
    this.overtaken = undefined
    this.endReason = undefined
    this.credential.accept(record.id, token, record.expiresAt)
    this.#draft = new Draft(this, record)
  }

  /** No session for this request: an empty one stands in that cannot be written, and nothing is stored or sent. */
  refuse(reason?: string): void {
    this.endReason = reason ?? this.endReason
    this.phase = 'unavailable'
    this.#draft = undefined
  }

  /** Ends the session in this request at once; the store is told by a verb or at the commit. */
  end(reason?: string, others: readonly string[] = NO_TOKENS): void {
    this.requireOpen()
    let from = this.draft
    let last = this.intentions.at(-1)
    for (; last?.to === from && !last.begun; last = this.intentions.at(-1)) {
      from = last.from
      this.intentions.pop()
    }
    if (from.record || last?.to === from || this.overtaken === 'moved' || others.length > 0)
      this.intend({ from, reason, others, lost: !from.record && this.overtaken === 'moved' })
    else if (this.tokens.length > 0 && !this.overtaken) this.credential.dead = true
    this.endReason = reason
    this.restart(this.newDraft())
  }

  intend(intention: Pick<Intention, 'from'> & Partial<Intention>): void {
    this.intentions.push({
      to: undefined,
      keep: KEEP_NONE,
      reason: undefined,
      others: NO_TOKENS,
      begun: false,
      identity: undefined,
      moved: undefined,
      lost: false,
      unsure: false,
      ...intention,
    })
  }

  /** Another session begins in the place of this one, whose object can no longer be written. */
  restart(draft: Draft): void {
    this.#draft = draft
    this.credential.drop()
    this.extension.reset()
    this.released = []
  }

  newDraft(record?: SessionRecord): Draft {
    const draft = new Draft(this, record)
    if (this.expiresKeys) draft.expireKeys(this.now)
    return draft
  }

  /** Leaves out what is past a deadline of its own, from now on. */
  expireKeys(): void {
    this.expiresKeys = true
    this.#draft?.expireKeys(this.now)
  }

  /** A token that the client showed stands for no live session. */
  missed(id: string, gone: Gone): void {
    this.missedAgain(id, gone)
    if (gone.why === 'corrupt') return
    this.emit(gone.why === 'expired' ? 'session:expired' : 'session:missed', { id })
  }

  /** The session that this request has loaded is not there when it is read again, so the request has none. */
  missedAgain(id: string, gone: Gone): void {
    this.#learn(id, gone)
    if (this.#hasJustMoved(gone)) this.overtaken = 'moved'
  }

  /** The session that this request has loaded lives no more. */
  overtake(id: string, gone: Gone): void {
    this.#learn(id, gone)
    this.overtaken = this.#hasJustMoved(gone) ? 'moved' : 'ended'
  }

  /** Drops unsaved changes and shows what is stored now; nothing, if the session has ended. */
  reset(record?: SessionRecord): void {
    this.extension.reset()
    this.released = []
    if (!record) this.credential.drop()
    if (this.expiresKeys) this.draft.expireKeys(this.now)
    this.draft.reset(record)
  }

  /** The client is told now of what is stored only when the answer has been sent. */
  promise(save: boolean): void {
    const { draft, record, credential, now } = this
    const changes = draft.changes()
    const changed = save && (changes.lines.length > 0 || changes.lifetimes !== undefined)
    if (!record && !changed) return
    const meta = draft.applyMeta(changes, record?.meta ?? { createdAt: now, updatedAt: now }, now)
    if (!record) this.promisedUntil = this.extension.anew(meta, now)
    else this.promisedUntil = changed ? this.deadlineAfter(changes, { ...record, meta }) : this.deadlineOf(record)
    credential.take({ id: credential.id, token: credential.token })
  }

  /** What is written from now on comes too late. */
  close(saved: boolean): void {
    this.phase = 'committed'
    for (const error of this.failures) reportError(this.ctx, error)
    if (THOROUGH && this.#draft && !this.#draft.untouched) this.#watch(saved)
  }

  // Verbs

  /** `fn` runs before a record is first written, by whichever path. */
  onCreate(fn: () => void): void {
    this.#beginnings ??= []
    this.#beginnings.push(fn)
  }

  /** Runs what waits for a record to begin. `true`: it may have written. */
  begin(draft: Draft): boolean {
    if (!this.#beginnings || this.#begun === draft) return false
    this.#begun = draft
    for (const fn of this.#beginnings) fn()
    for (const name of this.released) draft.annotations.delete(name)
    return true
  }

  /** One verb at a time, in the order of the calls; then the client is told. */
  run<T>(verb: (persistence: Persistence | undefined) => Promise<T>): Promise<T> {
    try {
      this.requireOpen()
    } catch (error) {
      return Promise.reject(error as Error)
    }
    this.#verbs ??= new VerbQueue()
    return this.#verbs.run(async () => {
      const result = await verb(this.persistence)
      this.tell()
      return result
    })
  }

  /** Remembers a failure that the commit does not try again, in case that nobody waits for the verb. */
  heed<T>(work: Promise<T>): Promise<T> {
    work.catch((error: unknown) => this.failures.push(error))
    return work
  }

  /** A verb may be under way, or its work is still to be done. */
  get busy(): boolean {
    return this.#verbs?.busy === true || this.intentions.length > 0
  }

  async settled(): Promise<void> {
    await this.#verbs?.settled()
  }

  /** Nobody has looked at the session or asked anything of it. */
  get untouched(): boolean {
    return !this.used && !this.busy && !this.extension.asked && (this.#draft?.untouched ?? true)
  }

  /** Tells the client what it has to know, while the headers can carry it. */
  tell(): void {
    const { ctx, credential, cookieOptions, used } = this
    if (!this.deliver || ctx.headerSent) return
    const silent = this.overtaken !== undefined || this.phase === 'unavailable'
    const until = this.promisedUntil ?? this.record?.expiresAt
    let what = silent ? 'none' : credential.news(until)
    // Other attributes have to reach the client, even if nothing else has changed.
    if (what === 'none' && !silent && until !== undefined && cookieOptions !== undefined) what = 'renew'
    if (what === 'none' && !used) return
    this.deliver(ctx, {
      what,
      token: what === 'send' || what === 'renew' ? credential.token : undefined,
      shown: credential.shown,
      expiresAt: until ?? 0,
      now: this.now,
      persistent: this.draft.lifetimes.persistent,
      attributes: cookieOptions,
      used,
    })
    if (what === 'send' || what === 'renew') credential.delivered(until)
  }

  // Deadlines

  /** The deadline that a request without changes leaves behind. */
  deadlineOf(record: SessionRecord): number {
    return this.extension.next(record, this.now, this.used ? 'used' : 'none')
  }

  /** The deadline that these changes leave behind, whose metadata the record has. */
  deadlineAfter(changes: Changes, record: SessionRecord): number {
    const { now } = this
    return changes.lifetimes
      ? this.extension.anew(record.meta, now)
      : this.extension.next(record, now, 'modified')
  }

  /** Emits an event of this session on the app. */
  emit(
    name: SessionEventName,
    details: Omit<SessionEvent, 'ctx' | 'id'> & { id?: string | undefined } = {},
  ): void {
    const id = this.record ? this.credential.id : undefined
    emitEvent(this.settings.app, name, { ctx: this.ctx, id, ...details })
  }

  /** A record that cannot be read means that there is none, and is reported. */
  reportCorrupt(id: string, { error }: Gone): void {
    if (error) this.emit('session:corrupt', { id, reason: error.message })
  }

  #learn(id: string, gone: Gone): void {
    this.reportCorrupt(id, gone)
    this.endReason = gone.tombstone?.endReason ?? 'session expired'
  }

  #hasJustMoved({ tombstone }: Gone): boolean {
    return tombstone?.moved === true && this.now < tombstone.endedAt + SILENT_FOR
  }

  #watch(saved: boolean): void {
    const { draft } = this
    if (this.#watched === draft) return
    this.#watched = draft
    watchLateWrites(this.ctx, draft, saved)
  }
}

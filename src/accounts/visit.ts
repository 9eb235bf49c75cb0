import type { Context } from 'koa'
import type { MaybePromise, Session } from '../index.ts'
import { endSession, isUnavailable, onAssign } from '../stages.ts'
import type { Checked } from './checked.ts'
import { checkSubject, digestOf } from './checks.ts'
import { deviceOf } from './device.ts'
import type { AccountsPlan } from './options.ts'
import { isRevoked } from './record-index.ts'
import type { Claim, IndexEntry, IndexView, Limit, Listed } from './session-index.ts'
import { newKey, readStamp, type Stamp } from './stamp.ts'

/** What all visits of one `accountSessions` have in common. */
export interface Tools extends AccountsPlan {
  readonly checked: Checked
  readonly limit: Limit
  readonly endRecords: (subject: string, ended: readonly Listed[]) => Promise<void>
}

/** A use is written down at most this often, in milliseconds. */
const MINUTE = 60_000
/** The index of sessions without an absolute deadline is kept this long from its last login or use, in milliseconds. */
const MONTH = 30 * 86_400_000

type Waits<T = void> = Generator<PromiseLike<unknown>, T, unknown>

/** A login that this request has seen, or has come with. */
interface Login {
  readonly subject: string
  readonly stamp: Stamp
  /** Until the index has answered: what it is asked. */
  asked: MaybePromise<IndexView> | undefined
  claim: Claim
  /** The index has it, under the id that the session had. */
  readonly listed: Listed | undefined
}

/** What one request has to do with a subject: noticed when it appears, changes or goes. */
export class Visit {
  readonly #ctx: Context
  readonly #session: Session
  readonly #tools: Tools
  #login: Login | undefined
  /** The object whose subject is known. */
  #data: object | undefined
  /** Something was assigned, or the session came with a login. */
  #watching = false
  /** Logins that were listed and are over. */
  readonly #over: Login[] = []
  /** What the index said on the way in. */
  #view: IndexView | undefined
  #lastUse = 0
  #expiresAt = 0
  readonly #began: number

  constructor(ctx: Context, session: Session, tools: Tools) {
    this.#ctx = ctx
    this.#session = session
    this.#tools = tools
    this.#began = session.now
    onAssign(session, () => this.#assigning())
    session.onCreate(() => {
      if (this.#watching) this.#follow()
    })
  }

  /** In: a session whose login was revoked ends. Costs a look at the index where there is a subject. */
  *enter(): Waits {
    const session = this.#session
    if (!session.stored) return
    this.#data = session.data
    const subject = this.#subjectNow()
    const stamp = readStamp(session.annotations[this.#tools.name])
    if (subject === undefined && !stamp) return
    this.#watching = true
    if (subject === undefined) return
    const of = this.#digest(subject)
    const own = stamp?.of === of ? stamp : undefined
    const checked = own && this.#tools.checked.generationFor(own.key)
    const view = checked === undefined ? yield* wait(this.#tools.index.look(subject)) : undefined
    this.#view = view
    const listed = view && own && view.find(own.key, session.id)
    // Of a login that was made without this stage nothing is known but that it is no younger than the last save.
    const at = own?.at ?? session.updatedAt!.getTime()
    const reason = view && reasonOfEnd(view, listed, own ?? { at })
    if (reason !== undefined) {
      endSession(session, reason)
      this.#data = session.data
      return
    }
    const generation = view?.generation ?? checked!
    if (own && view) this.#tools.checked.note(own.key, generation)
    const now = session.now
    this.#login = {
      subject,
      stamp: own ?? { key: newKey(), of, at },
      asked: undefined,
      claim: { generation, from: now, to: now },
      listed,
    }
    this.#expiresAt = session.expiresAt!.getTime()
    const { idleTimeout } = session
    this.#lastUse = Math.max(
      listed?.entry.usedAt ?? 0,
      session.updatedAt!.getTime(),
      idleTimeout === false ? 0 : this.#expiresAt - idleTimeout,
    )
    // What was spared is alive by its entry alone, which can be lost.
    if (!own || (own.generation ?? -1) < generation) this.#note({ ...this.#login.stamp, generation })
  }

  /** Out: brings the index in step. `failed`: nothing but the end of sessions is saved. */
  *leave(failed: boolean): Waits {
    const session = this.#session
    if (isUnavailable(session) || (!this.#watching && !session.stored)) return
    this.#follow()
    this.#compare(this.#began)
    const { index } = this.#tools
    const saves = !failed && !session.noStore
    for (const { subject, stamp } of this.#over) {
      // A session that lives on keeps its login when nothing is saved.
      const livesOn = readStamp(session.annotations[this.#tools.name])?.key === stamp.key
      if (!livesOn && (saves || !session.stored)) yield* wait(index.remove(subject, [stamp.key]))
    }
    const login = this.#login
    if (!login) return
    const { listed, asked } = login
    if (asked) {
      if (saves) yield* this.#add(login, yield* this.#answer(asked, login))
      return
    }
    // Where an older look was good enough, nothing is asked of the index. Sealed sessions are not listed.
    if (!this.#view || !session.stored || !this.#tools.store) return
    const stays = listed?.key === login.stamp.key && listed.entry.id === session.id
    if (!stays || session.expiresAt!.getTime() > Math.max(this.#view.expiresAt, listed.entry.until))
      yield* this.#add(login, login.claim)
    else yield* this.#use(login)
  }

  *#add(login: Login, claim: Claim): Waits {
    const { subject, stamp } = login
    const session = this.#session
    const { index, limit, store, endRecords } = this.#tools
    if (!store) {
      const { generation, reason } = yield* wait(index.look(subject))
      if (isRevoked(generation, claim) && !this.#view?.find(stamp.key, session.id)) endSession(session, reason)
      else this.#note({ ...stamp, generation: claim.generation ?? generation })
      return
    }
    const { refused, generation, ended } = yield* wait(
      index.add(subject, stamp.key, this.#entry(login), claim, limit),
    )
    if (refused === undefined) this.#note({ ...stamp, generation })
    else endSession(session, refused)
    if (ended.length > 0) yield* wait(endRecords(subject, ended))
  }

  #entry({ stamp, listed }: Login): IndexEntry {
    const session = this.#session
    const { id, now, idleTimeout, absoluteTimeout } = session
    const createdAt = session.createdAt?.getTime() ?? now
    const expiresAt = session.expiresAt?.getTime() ?? now
    return {
      id,
      createdAt,
      authenticatedAt: stamp.at,
      usedAt: now,
      addedAt: now,
      until: Math.max(expiresAt, now + (absoluteTimeout === false ? MONTH : absoluteTimeout)),
      idleTimeout,
      device: listed?.entry.device ?? deviceOf(this.#ctx, session, this.#tools),
    }
  }

  /** No write where the deadline of the record moves anyway: it says when the session was used. */
  *#use({ subject, stamp }: Login): Waits {
    const session = this.#session
    const { now } = session
    if (!session.used || now - this.#lastUse < MINUTE || this.#tools.store === undefined) return
    const expiresAt = session.expiresAt!.getTime()
    if (expiresAt > this.#expiresAt || session.changed) return
    yield* wait(this.#tools.index.use(subject, stamp.key, now, expiresAt))
  }

  /** What the index says is a proof of the time at which it was asked. */
  *#answer(asked: MaybePromise<IndexView>, { claim }: Login): Waits<Claim> {
    const { generation } = yield* wait(asked)
    return claim.generation === undefined ? { ...claim, generation, to: this.#session.now } : claim
  }

  #assigning(): () => void {
    this.#watching = true
    this.#follow()
    return () => this.#compare(this.#session.now)
  }

  /** Another object may have taken the place of the one before: with the login, by `keep`, or without. */
  #follow(): void {
    const session = this.#session
    if (session.data === this.#data) return
    this.#data = session.data
    const login = this.#login
    if (!login) return
    if (this.#subjectNow() === login.subject) this.#note(login.stamp)
    else this.#end(login)
  }

  /** Whether the subject has appeared, changed or gone, since `at` at the earliest. */
  #compare(at: number): void {
    const subject = this.#subjectNow()
    if (subject === this.#login?.subject) return
    if (this.#login) this.#end(this.#login)
    const { annotations } = this.#session
    if (subject === undefined) {
      if (annotations[this.#tools.name] !== undefined) delete annotations[this.#tools.name]
      return
    }
    const asked = this.#ask(subject)
    const claim = { from: at, to: at, generation: 'then' in asked ? undefined : asked.generation }
    const stamp = { key: newKey(), of: this.#digest(subject), at }
    this.#login = { subject, stamp, asked, claim, listed: undefined }
    this.#note(claim.generation === undefined ? stamp : { ...stamp, generation: claim.generation })
  }

  #end(login: Login): void {
    this.#login = undefined
    if (login.listed) this.#over.push(login)
  }

  /** Nobody waits for the answer before the request ends. */
  #ask(subject: string): MaybePromise<IndexView> {
    const asked = this.#tools.index.look(subject)
    if ('then' in asked) asked.then(undefined, () => undefined)
    return asked
  }

  #note(stamp: Stamp): void {
    this.#session.annotations[this.#tools.name] = stamp
  }

  #subjectNow(): string | undefined {
    const subject = this.#tools.subject(this.#session)
    return subject === undefined || subject === null || subject === '' ? undefined : checkSubject(subject)
  }

  #digest(subject: string): string {
    return digestOf(this.#tools.name, subject)
  }
}

/** Why a login is over; `undefined` when it is not, or only has to be listed again. */
function reasonOfEnd(
  view: IndexView,
  listed: Listed | undefined,
  { key, at, generation = at }: Partial<Stamp> & { readonly at: number },
): string | undefined {
  const ended = key === undefined ? undefined : view.endedAs(key)
  return ended ?? (!listed && generation < view.generation ? view.reason : undefined)
}

/** Waits only for what is a promise. */
function* wait<T>(value: MaybePromise<T>): Waits<T> {
  const answered = typeof (value as Promise<T> | undefined)?.then !== 'function'
  return (answered ? value : yield value as Promise<T>) as T
}

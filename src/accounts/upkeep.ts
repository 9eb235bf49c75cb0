import type { Context } from 'koa'
import type { Session } from '../index.ts'
import { endSession } from '../stages.ts'
import type { AccountRecords } from './account-records.ts'
import type { Checked } from './checked.ts'
import { deviceOf } from './device.ts'
import type { Login } from './login.ts'
import type { AccountsPlan } from './options.ts'
import { isRevoked } from './record-index.ts'
import type { Claim, IndexEntry, IndexView, Limit } from './session-index.ts'
import type { Stamp } from './stamp.ts'
import { wait, type Waits } from './wait.ts'

/** What all requests of one `accountSessions` have in common. */
export interface Tools extends AccountsPlan {
  readonly checked: Checked
  readonly limit: Limit
  readonly records: AccountRecords
}

/** A use is written down at most this often, in milliseconds. */
const MINUTE = 60_000
/** The index of sessions without an absolute deadline is kept this long after a login or a use, in milliseconds. */
const MONTH = 30 * 86_400_000

/** Brings the index in step with one session. */
export class Upkeep {
  readonly #ctx: Context
  readonly #session: Session
  readonly #tools: Tools
  /** As the record said it on the way in, in milliseconds since the epoch. */
  #lastUse = 0
  #expiresAt = 0

  constructor(ctx: Context, session: Session, tools: Tools) {
    this.#ctx = ctx
    this.#session = session
    this.#tools = tools
  }

  /** What the record says of its last use, before this request counts as one. */
  remember(listed: IndexEntry | undefined): void {
    const { idleTimeout, updatedAt, expiresAt } = this.#session
    this.#expiresAt = expiresAt!.getTime()
    const extended = idleTimeout === false ? 0 : this.#expiresAt - idleTimeout
    this.#lastUse = Math.max(listed?.usedAt ?? 0, updatedAt!.getTime(), extended)
  }

  note(stamp: Stamp): void {
    this.#session.annotations[this.#tools.name] = stamp
  }

  /** Lists a login that took place in this request, unless all logins of the subject were ended meanwhile. */
  *addNew({ asked, claim, ...login }: Login): Waits {
    const { generation } = yield* wait(asked!)
    const proved = claim.generation === undefined ? { ...claim, generation, to: this.#session.now } : claim
    if (this.#tools.store) yield* this.add({ ...login, asked, claim: proved })
    else yield* this.#accept(login, proved)
  }

  /** Sealed sessions are not listed; one that was excepted by its id is. */
  *#accept({ subject, stamp }: Pick<Login, 'subject' | 'stamp'>, claim: Claim): Waits {
    const view = yield* wait(this.#tools.index.look(subject))
    if (isRevoked(view.generation, claim) && !view.find(stamp.key, this.#session.id))
      endSession(this.#session, view.reason)
    else this.note({ ...stamp, generation: view.generation })
  }

  /** Lists a login under the id that the session has now. */
  *add({ subject, stamp, claim, listed }: Login): Waits {
    const { index, limit, records } = this.#tools
    const entry = this.#entryOf(stamp, listed?.entry)
    const { refused, generation, ended } = yield* wait(index.add(subject, stamp.key, entry, claim, limit))
    if (refused === undefined) this.note({ ...stamp, generation })
    else endSession(this.#session, refused)
    if (ended.length > 0) yield* wait(records.end(subject, ended, limit.reason))
  }

  /** The index has the login, but not under this id, or not for as long as the session lives. */
  isBehind({ listed, stamp }: Login, view: IndexView): boolean {
    if (listed?.key !== stamp.key || listed.entry.id !== this.#session.id) return true
    return this.#expiresAt > Math.min(view.expiresAt, listed.entry.until)
  }

  /** No write where the deadline of the record moves anyway: it says when the session was used. */
  *use({ subject, stamp }: Login): Waits {
    const { used, now } = this.#session
    if (!used || now - this.#lastUse < MINUTE) return
    const expiresAt = this.#session.expiresAt!.getTime()
    if (expiresAt === this.#expiresAt && !this.#session.changed)
      yield* wait(this.#tools.index.use(subject, stamp.key, now, expiresAt))
  }

  #entryOf({ at }: Stamp, listed: IndexEntry | undefined): IndexEntry {
    const session = this.#session
    const { id, now, idleTimeout, absoluteTimeout, createdAt, expiresAt } = session
    const until = expiresAt?.getTime() ?? now
    return {
      id,
      createdAt: createdAt?.getTime() ?? now,
      authenticatedAt: at,
      usedAt: now,
      addedAt: now,
      until: absoluteTimeout === false ? until + MONTH : Math.max(until, now + absoluteTimeout),
      idleTimeout,
      device: listed?.device ?? deviceOf(this.#ctx, session, this.#tools),
    }
  }
}

import type { Context } from 'koa'
import {
  type AllowedData,
  ForeignSessionError,
  type MaybePromise,
  type Session,
  type SessionData,
  type Stage,
  stage,
  UnsupportedError,
} from '../index.ts'
import { clockOf, endStoredSession, isFailure, storedSession } from '../stages.ts'
import { checkId, checkSubject, checkText, digestOf } from './checks.ts'
import { GRACE, inBatches } from './limit.ts'
import { type AccountSessionsOptions, type AccountsPlan, planAccounts, warnOfStore } from './options.ts'
import type { Device, IndexEntry, Limit, Listed, SessionIndex } from './session-index.ts'
import { Checked } from './checked.ts'
import { Visit } from './visit.ts'

/** Why sessions end, where nothing else was said. */
const REASONS = {
  end: 'ended by its owner',
  endAll: 'logged out everywhere',
  max: 'too many sessions',
} as const

/** A session as its owner sees it. */
export interface AccountSession {
  /** Its `ctx.session.id`; never the credential. */
  readonly id: string
  readonly createdAt: Date
  /** The last use, to the minute. */
  readonly usedAt: Date
  /** When the subject logged in. */
  readonly authenticatedAt: Date
  readonly device: Device
  /** It is the one that `list` was told of. */
  readonly current: boolean
}

/** The sessions of each subject: who is logged in where. */
export class AccountSessions {
  readonly #plan: AccountsPlan
  readonly #checked: Checked
  readonly #limit: Limit
  /** Goes after `persist`: `stages: (defaults) => defaults.after('persist', accounts.stage)`. */
  readonly stage: Stage

  /** Where logins are listed. */
  readonly index: SessionIndex

  constructor(plan: AccountsPlan) {
    this.#plan = plan
    this.index = plan.index
    this.#checked = new Checked(plan)
    this.#limit = { max: plan.max, reason: REASONS.max, lastUse: (entry) => this.#lastUse(entry) }
    const { name } = plan
    const endRecords = (subject: string, ended: readonly Listed[]): Promise<void> =>
      this.#endRecords(subject, ended, REASONS.max)
    const tools = { ...plan, checked: this.#checked, limit: this.#limit, endRecords }
    this.stage = stage(name, function* (ctx: Context, session: Session) {
      plan.time.read = clockOf(session)
      const visit = new Visit(ctx, session, tools)
      yield* visit.enter()
      let thrown: { readonly error: unknown } | undefined
      try {
        yield
      } catch (error) {
        thrown = { error }
      }
      yield* visit.leave(isFailure(ctx, thrown))
      if (thrown) throw thrown.error
    })
  }

  /**
   * The live sessions of a subject, the last used first. `current`: the id of the session that is to be marked,
   * `ctx.session.id`.
   *
   * @throws TypeError for a subject that is none.
   * @throws UnsupportedError for sealed sessions.
   */
  async list(
    subject: string,
    { current }: { readonly current?: string | undefined } = {},
  ): Promise<AccountSession[]> {
    checkSubject(subject)
    this.#requireRecords()
    const { index } = this.#plan
    const listed = await index.list(subject)
    const shown: AccountSession[] = []
    const gone: string[] = []
    await inBatches(listed, async ({ key, entry }) => {
      const usedAt = await this.#lastUse(entry)
      if (usedAt !== undefined) shown.push(toSession(entry, usedAt, current))
      else if (entry.addedAt + GRACE < this.#now) gone.push(key)
    })
    if (gone.length > 0) await index.remove(subject, gone)
    return shown.toSorted((one, other) => Number(other.usedAt) - Number(one.usedAt))
  }

  /**
   * Ends one session of a subject. `false`: it was gone already.
   *
   * @throws ForeignSessionError when it is a session, and not of this subject.
   * @throws TypeError for a subject, an id or a reason that is none.
   * @throws UnsupportedError for sealed sessions.
   */
  async end(
    subject: string,
    id: string,
    { reason = REASONS.end }: { readonly reason?: string | undefined } = {},
  ): Promise<boolean> {
    checkSubject(subject)
    checkId('the session to end', id)
    checkText('the reason', reason)
    const store = this.#requireRecords()
    const { index, name } = this.#plan
    const listed = (await index.list(subject)).find(({ entry }) => entry.id === id)
    if (!listed) {
      const found = await storedSession(store, id, this.#now)
      if (!found) return false
      if (found.annotationText(name)?.includes(digestOf(name, subject)) !== true) throw new ForeignSessionError(id)
      return (await endStoredSession(store, id, reason, this.#now)) === 'ended'
    }
    await index.remove(subject, [listed.key], reason)
    this.#checked.clear()
    await this.#endRecords(subject, [listed], reason)
    return true
  }

  /**
   * Ends all sessions of a subject but that of the id `except`, those too that are not listed, and logins that are under
   * way. Resolves to how many were listed.
   *
   * @throws TypeError for a subject, an id or a reason that is none.
   */
  async endAll(
    subject: string,
    {
      except,
      reason = REASONS.endAll,
    }: { readonly except?: string | undefined; readonly reason?: string | undefined } = {},
  ): Promise<number> {
    checkSubject(subject)
    checkText('the reason', reason)
    if (except !== undefined) checkId('except', except)
    const revoked = await this.#plan.index.revoke(subject, { except, reason })
    this.#checked.clear()
    const { store } = this.#plan
    if (store)
      await inBatches(revoked, async ({ entry }) => {
        await endStoredSession(store, entry.id, reason, this.#now)
      })
    return revoked.length
  }

  /** Puts an end to records; an index that knows that a record is gone need not remember its login. */
  async #endRecords(subject: string, ended: readonly Listed[], reason: string): Promise<void> {
    const { store, index } = this.#plan
    const gone: string[] = []
    await inBatches(ended, async ({ key, entry }) => {
      const what = await endStoredSession(store!, entry.id, reason, this.#now)
      // One that is not there yet may still come, and one that has moved goes on.
      if (what === 'ended') gone.push(key)
    })
    if (gone.length > 0) await index.remove(subject, gone)
  }

  #lastUse(entry: IndexEntry): MaybePromise<number | undefined> {
    const { store } = this.#plan
    const found = storedSession(store!, entry.id, this.#now)
    const judge = (session: Awaited<typeof found>): number | undefined => {
      if (!session) return undefined
      const idle = session.idleTimeout ?? entry.idleTimeout
      const extended = idle === false ? 0 : session.expiresAt - idle
      return Math.min(this.#now, Math.max(entry.usedAt, session.updatedAt, extended))
    }
    return found && 'then' in found ? found.then(judge) : judge(found)
  }

  get #now(): number {
    return this.#plan.time.read()
  }

  #requireRecords(): NonNullable<AccountsPlan['store']> {
    if (this.#plan.store) return this.#plan.store
    throw new UnsupportedError(
      'The records of sealed sessions travel in their tokens, so they cannot be listed or ended one by one. endAll can end them.',
    )
  }
}

function toSession(entry: IndexEntry, usedAt: number, current: string | undefined): AccountSession {
  const { id, createdAt, authenticatedAt, device } = entry
  return {
    id,
    createdAt: new Date(createdAt),
    usedAt: new Date(usedAt),
    authenticatedAt: new Date(authenticatedAt),
    device,
    current: id === current,
  }
}

/**
 * Knows which sessions are whose: a subject can list and end its sessions, all at once too.
 *
 * @throws SessionConfigError for a mistake in the options, and for a store that cannot keep what was ended ended.
 */
export function accountSessions<Data extends AllowedData = SessionData>(
  options: AccountSessionsOptions<Data>,
): AccountSessions {
  const plan = planAccounts(options as unknown as AccountSessionsOptions<never>)
  warnOfStore(plan)
  return new AccountSessions(plan)
}

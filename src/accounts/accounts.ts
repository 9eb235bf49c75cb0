import type { Context } from 'koa'
import {
  type AllowedData,
  ForeignSessionError,
  type Session,
  type SessionData,
  type Stage,
  stage,
  UnsupportedError,
} from '../index.ts'
import { clockOf, isFailure } from '../stages.ts'
import { AccountRecords } from './account-records.ts'
import { Checked } from './checked.ts'
import { checkId, checkSubject, checkText, digestOf } from './checks.ts'
import { GRACE, inBatches } from './limit.ts'
import { type AccountSessionsOptions, type AccountsPlan, planAccounts, warnOfStore } from './options.ts'
import type { Device, IndexEntry, Limit, SessionIndex } from './session-index.ts'
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
export class AccountSessions<Name extends string = 'accounts'> {
  readonly #plan: AccountsPlan
  readonly #checked: Checked
  readonly #records: AccountRecords
  /** Goes after `persist`: `stages: (defaults) => defaults.after('persist', accounts.stage)`. */
  readonly stage: Stage<Name>

  /** Where logins are listed. */
  readonly index: SessionIndex

  constructor(plan: AccountsPlan) {
    this.#plan = plan
    this.index = plan.index
    this.#checked = new Checked(plan)
    this.#records = new AccountRecords(plan)
    const lastUse: Limit['lastUse'] = (entry) => this.#records.lastUse(entry)
    const limit = { max: plan.max, reason: REASONS.max, lastUse }
    const tools = { ...plan, checked: this.#checked, limit, records: this.#records }
    this.stage = stage(plan.name as Name, function* (ctx: Context, session: Session) {
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
      const usedAt = await this.#records.lastUse(entry)
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
    this.#requireRecords()
    const { index, name } = this.#plan
    const listed = (await index.list(subject)).find(({ entry }) => entry.id === id)
    if (!listed) {
      const found = await this.#records.read(id)
      if (!found) return false
      // A session that says itself whose it is need not be listed.
      if (found.annotationText(name)?.includes(digestOf(name, subject)) !== true)
        throw new ForeignSessionError(id)
      return (await this.#records.endOne(id, reason)) === 'ended'
    }
    await index.remove(subject, [listed.key], reason)
    this.#checked.clear()
    await this.#records.end(subject, [listed], reason)
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
    await this.#records.endAll(revoked, reason)
    return revoked.length
  }

  get #now(): number {
    return this.#plan.time.read()
  }

  #requireRecords(): void {
    if (this.#plan.store) return
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
export function accountSessions<
  Data extends AllowedData = SessionData,
  const Name extends string = 'accounts',
>(options: AccountSessionsOptions<Data> & { readonly name?: Name | undefined }): AccountSessions<Name> {
  const plan = planAccounts(options)
  warnOfStore(plan)
  return new AccountSessions(plan)
}

import type { Resolver } from '../concurrency/merge.ts'
import type { Concurrency } from '../concurrency/options.ts'
import type { Meta, SessionRecord } from '../record.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import type { Values } from './content.ts'
import type { Identity } from './credential.ts'

/** The verbs that need a store: what a stage that persists gives the session. */
export interface Persistence {
  save(): Promise<void>
  touch(): Promise<void>
  reload(): Promise<void>
  update<Result>(change: (data: Values) => MaybePromise<Result>): Promise<Result>
  /**
   * Ends the record under its present id and, if something is carried over, puts that under the new one.
   * Resolves to the new record. When a parallel request was faster the session is barred.
   */
  move(to: Identity, carryOver?: CarryOver): Promise<SessionRecord | undefined>
  /** Ends what `session.endings` lists. */
  settleEndings(): Promise<void>
  /** What settles keys that a parallel request has changed too; absent where requests are not merged. */
  readonly resolvers?: Readonly<Record<string, Resolver>> | undefined
  /** Another way to reconcile parallel requests, for this one. */
  changeConcurrency(asked: Concurrency | undefined): Promise<void>
}

/** What of the newest record goes on under a new id; `undefined`: nothing. */
export type CarryOver = (newest: SessionRecord) => Carried | undefined

export interface Carried {
  readonly meta: Meta
  readonly body: string
  /** Default: the deadline of the old record. */
  readonly until?: number
}

/** A stored session that is to be ended. */
export interface Ending {
  /** `undefined`: it went on under a new id that is not known here, so it cannot be ended. */
  readonly record: SessionRecord | undefined
  readonly reason: string | undefined
}

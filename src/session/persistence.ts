import type { MaybePromise } from '../maybe-promise.ts'
import type { Resolvers } from '../draft/merge.ts'
import type { Concurrency } from './concurrency.ts'

/** The verbs that need a store: what the stage that persists gives the session. */
export interface Persistence {
  save(): Promise<void>
  touch(): Promise<void>
  reload(): Promise<void>
  update<Result>(change: (data: object) => MaybePromise<Result>): Promise<Result>
  /** Forgets that the store has not answered in time: the next verb is another piece of work. */
  askAnew(): void
  /** Carries out what the verbs have decided. */
  settle(): Promise<void>
  /** Another way to reconcile parallel requests, for this one. */
  changeConcurrency(asked: Concurrency | undefined): Promise<void>
  /** What settles keys that a parallel request has changed too; absent where requests are not merged. */
  readonly resolvers: Resolvers | undefined
}

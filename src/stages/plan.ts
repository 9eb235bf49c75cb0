import type { Context } from 'koa'
import type { Duration } from '../checks/duration.ts'
import type { Serializer } from '../draft/serializer.ts'
import type { Concurrency } from '../session/concurrency.ts'
import type { State } from '../states/state.ts'
import type { SealedStoreContract, Store } from '../stores/store.ts'
import type { TokenFormat } from '../token.ts'
import type { VerifyAddressOptions } from './verify-address.ts'
import type { VerifyUserAgentOptions } from './verify-user-agent.ts'

/** The options with every default filled in: what the built-in stages are made from. */
export interface SessionPlan {
  readonly store: Store | SealedStoreContract
  readonly state: State
  readonly idleTimeout: number | false
  readonly absoluteTimeout: number | false
  readonly expiryThreshold: Duration | undefined
  readonly verifyAddress: boolean | VerifyAddressOptions
  readonly verifyUserAgent: boolean | VerifyUserAgentOptions
  readonly flashToState: boolean
  readonly concurrency: Concurrency | undefined
  readonly saveOnError: boolean
  readonly onStoreError: 'throw' | 'anonymous'
  readonly serializer: Serializer
  readonly token: TokenFormat
  /** Whether a text can be a token: in the format, or sealed by the store. */
  readonly couldBe: (text: string) => boolean
  readonly skip: ((ctx: Context) => boolean) | undefined
  readonly as: string
  readonly clock: () => number
}

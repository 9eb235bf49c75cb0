import type { Context } from 'koa'
import type { Duration } from '../checks/duration.ts'
import type { Serializer } from '../draft/serializer.ts'
import { Pipeline } from '../pipeline/pipeline.ts'
import type { TokenFormat } from '../token.ts'
import { expireKeys } from './expire-keys.ts'
import { extendExpiry } from './extend-expiry.ts'
import { flash } from './flash.ts'
import { identify, type IdentifyOptions } from './identify.ts'
import { persist, type PersistOptions } from './persist.ts'
import { verifyAddress, type VerifyAddressOptions } from './verify-address.ts'
import { verifyUserAgent, type VerifyUserAgentOptions } from './verify-user-agent.ts'

/** The names of the built-in stages, outermost first. */
export type DefaultStage =
  | 'identify'
  | 'persist'
  | 'verifyAddress'
  | 'verifyUserAgent'
  | 'expireKeys'
  | 'extendExpiry'
  | 'flash'

/** The options with every default filled in: what the built-in stages are made from. */
export interface SessionPlan extends IdentifyOptions, PersistOptions {
  readonly idleTimeout: number | false
  readonly absoluteTimeout: number | false
  readonly expiryThreshold: Duration | undefined
  readonly verifyAddress: boolean | VerifyAddressOptions
  readonly verifyUserAgent: boolean | VerifyUserAgentOptions
  readonly flashToState: boolean
  readonly serializer: Serializer
  readonly token: TokenFormat
  /** Whether a text can be a token: in the format, or sealed by the store. */
  readonly couldBe: (text: string) => boolean
  readonly skip: ((ctx: Context) => boolean) | undefined
  readonly as: string
  readonly clock: () => number
}

/** The built-in stages in their order: read down for the way in, up for the way out. */
export function defaultStages(plan: SessionPlan): Pipeline<DefaultStage> {
  return new Pipeline<DefaultStage>([
    identify({ state: plan.state }),
    persist(plan),
    verifyAddress(plan.verifyAddress),
    verifyUserAgent(plan.verifyUserAgent),
    expireKeys(),
    extendExpiry({ threshold: plan.expiryThreshold }),
    flash({ toState: plan.flashToState }),
  ])
}

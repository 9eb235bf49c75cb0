import { Pipeline } from '../pipeline/pipeline.ts'
import { expireKeys } from './expire-keys.ts'
import { extendExpiry } from './extend-expiry.ts'
import { flash } from './flash.ts'
import { identify } from './identify.ts'
import { persist } from './persist.ts'
import type { SessionPlan } from './plan.ts'
import { verifyAddress } from './verify-address.ts'
import { verifyUserAgent } from './verify-user-agent.ts'

/** The names of the built-in stages, outermost first. */
export type DefaultStage =
  | 'identify'
  | 'persist'
  | 'verifyAddress'
  | 'verifyUserAgent'
  | 'expireKeys'
  | 'extendExpiry'
  | 'flash'

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

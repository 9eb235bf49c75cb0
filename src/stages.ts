// What the author of a stage needs beyond the main entry: `import … from 'koa-session-pipeline/stages'`.
export { identify, type IdentifyOptions } from './stages/identify.ts'
export { persist, type PersistOptions } from './stages/persist.ts'
export { verifyAddress, type VerifyAddressOptions } from './stages/verify-address.ts'
export { verifyUserAgent, type VerifyUserAgentOptions } from './stages/verify-user-agent.ts'
export type { BindingSource, OnMismatch } from './stages/mismatch.ts'
export { expireKeys } from './stages/expire-keys.ts'
export { extendExpiry, type ExtendExpiryOptions } from './stages/extend-expiry.ts'
export { flash, type FlashOptions } from './stages/flash.ts'
export { type DefaultStage, defaultStages, type SessionPlan } from './stages/index.ts'

export {
  clockOf,
  deliverToken,
  dropExpiredKeys,
  emitSessionEvent,
  endSession,
  extendWhen,
  flashUse,
  flashWaits,
  isUnavailable,
  onAssign,
  onDelivery,
  presentTokens,
  refuseSession,
  reviseData,
  sweepFlash,
  tokenTest,
  useSession,
} from './session/stage-functions.ts'
export type { Revised, Revision } from './draft/revision.ts'
export type { Deliver, Delivery, Measure } from './session/credential.ts'
export type { ExtensionRule } from './session/settings.ts'
export { endStoredSession, storedSession, type StoredSession } from './session/stored-sessions.ts'
export { changeIndex, type IndexChange, readIndex, type StoredIndex } from './persistence/index-record.ts'
export { networkOf } from './stages/network.ts'
export { UnitOfWork } from './session/unit-of-work.ts'
export { type ConcurrencyPlan, planConcurrency } from './session/concurrency.ts'
export { storeTimeoutOf } from './persistence/patience.ts'
export { isSealed, SEALED } from './persistence/sealed-records.ts'
export { STAGE_CHANNEL, type StageTrace } from './pipeline/trace.ts'
export { parseDuration } from './checks/duration.ts'
export { reportError } from './events.ts'
export { isFailure } from './http/failure.ts'
export { isUnseen } from './http/response.ts'
export { keepHeader, setSessionHeader } from './http/surviving-headers.ts'

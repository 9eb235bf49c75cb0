export { default, session, type Sessions, type SiblingOptions } from './middleware.ts'
export { type DataType, type SessionOptions, type, type SessionPlan } from './options/index.ts'
export type { NamedSession, SessionContext } from './session/context.ts'
export type {
  AllowedData,
  Flash,
  FlashData,
  NodeCallback,
  RegenerateOptions,
  SessionData,
  SessionMembers,
  SessionObject,
} from './session/members.ts'
export { RESERVED_NAMES, type ReservedName } from './session/reserved.ts'
export type { Serializer } from './session/content.ts'
export type { Duration } from './checks/duration.ts'
export type { TokenFormat } from './token.ts'
export * from './errors.ts'
export type { SessionEvent, SessionEventName } from './events.ts'

// Stages
export { type Hook, type Stage, stage, type StageOptions, stop } from './pipeline/stage.ts'
export { type NewName, Pipeline } from './pipeline/pipeline.ts'
export { STAGE_CHANNEL, type StageTrace } from './pipeline/trace.ts'
export { type DefaultStage, defaultStages } from './stages/index.ts'
export { identify, type IdentifyOptions } from './stages/identify.ts'
export { persist, type PersistOptions } from './stages/persist.ts'
export { verifyAddress, type VerifyAddressOptions } from './stages/verify-address.ts'
export { verifyUserAgent, type VerifyUserAgentOptions } from './stages/verify-user-agent.ts'
export type { BindingSource, OnMismatch } from './stages/mismatch.ts'
export { expireKeys } from './stages/expire-keys.ts'
export { extendExpiry, type ExtendExpiryOptions } from './stages/extend-expiry.ts'
export { flash, type FlashOptions } from './stages/flash.ts'
export type { Bindings } from './session/bindings.ts'
export type { Session } from './session.ts'
export type { Persistence } from './session/persistence.ts'

// What the built-in stages are made with
export { parseDuration } from './checks/duration.ts'
export { reportError } from './events.ts'
export { isFailure } from './http/failure.ts'
export { extensionThreshold } from './session/lifetime.ts'
export type { Loaded } from './session/working-copy.ts'
export { type ConcurrencyPlan, planConcurrency } from './concurrency/options.ts'
export { GuardedStore, guardedStore } from './persistence/guarded-store.ts'
export { isSealed, SEALED, SealedRecords } from './persistence/sealed-records.ts'
export { UnitOfWork } from './persistence/unit-of-work.ts'

// States
export type { State, TokenDelivery } from './states/state.ts'
export { CookieState } from './states/cookie.ts'
export type { CookieAttributes, CookieOptions } from './states/cookie-options.ts'
export { HeaderState, type HeaderOptions } from './states/header.ts'
export { ParameterState, type ParameterOptions } from './states/parameter.ts'
export { keepHeader, setSessionHeader } from './http/surviving-headers.ts'

// Stores
export type { MaybePromise } from './maybe-promise.ts'
export type {
  Capabilities,
  Condition,
  Lock,
  LockOptions,
  SealedStoreContract,
  SetResult,
  Store,
  Stored,
  SweepOptions,
  SweepResult,
} from './stores/store.ts'
export { MemoryStore, type MemoryStoreOptions } from './stores/memory.ts'
export { FileStore, type FileStoreOptions } from './stores/file/index.ts'
export { NullStore } from './stores/null.ts'
export { SealedStore, type SealedStoreOptions } from './stores/sealed.ts'
export type { Concurrency, ConcurrencyMode } from './concurrency/options.ts'
export type { Resolver } from './concurrency/merge.ts'

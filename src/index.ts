export { default, session, type Sessions, type SiblingOptions } from './middleware.ts'
export type { OpenOptions, Opens } from './outside/open.ts'
export type { OpenMembers, OpenSession } from './outside/open-session.ts'
export type { SessionSource } from './outside/source.ts'
export { type DataType, type SessionOptions, type } from './options/index.ts'
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
export { RESERVED_NAMES, type ReservedName } from './draft/reserved.ts'
export type { Serializer } from './draft/serializer.ts'
export type { Duration } from './checks/duration.ts'
export type { TokenFormat } from './token.ts'
export * from './errors.ts'
export type { SessionEvent, SessionEventName } from './events.ts'

// The pipeline; what only stages need is in './stages'
export { type Hook, type Stage, stage, type StageOptions, stop } from './pipeline/stage.ts'
export { type NewName, Pipeline } from './pipeline/pipeline.ts'
export type { DefaultStage } from './stages/index.ts'
export type { Session } from './session/session.ts'

// States
export type { State, TokenDelivery, TokenTest } from './states/state.ts'
export { CookieState } from './states/cookie.ts'
export type { CookieAttributes, CookieOptions } from './states/cookie-options.ts'
export { HeaderState, type HeaderOptions } from './states/header.ts'
export { ParameterState, type ParameterOptions } from './states/parameter.ts'

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
export type { Concurrency, ConcurrencyMode } from './session/concurrency.ts'
export type { Resolver } from './draft/merge.ts'

import type { MaybePromise } from '../maybe-promise.ts'

/** What a store keeps under an id. */
export interface Stored {
  /** Opaque text; never look inside. */
  readonly data: string
  /** Opaque, new on every `set`, never reused for an id. */
  readonly version: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/**
 * What must hold for a `set` to take place: no record under the id, some record, or exactly the
 * version last read. A record past its `expiresAt` that the store still has counts as present.
 */
export type Condition = 'absent' | 'present' | { readonly version: string }

/** `current` is the record that stood in the way, if the store knows it without another trip. */
export type SetResult =
  | { readonly ok: true; readonly version: string }
  | { readonly ok: false; readonly current?: Stored | undefined }

export interface LockOptions {
  /** How long to wait for the lock, in milliseconds. */
  readonly wait: number
  /** How long the lock lives without being renewed, in milliseconds. */
  readonly lease: number
}

/** A lock that is held. */
export interface Lock {
  /** Prolongs the lease; `false` when the lock has been lost. */
  renew(): Promise<boolean>
  /** Idempotent, and releases only this holder's lock. */
  release(): Promise<void>
}

export interface SweepOptions {
  /** Milliseconds the sweep may work in one go before it lets other work run. */
  readonly slice?: number
  /** Stop after so many removals; the next sweep goes on from there. */
  readonly limit?: number
}

export interface SweepResult {
  readonly removed: number
  /** `false`: there is more to look at, call again. */
  readonly done: boolean
}

/** What a store can do. The middleware refuses at start what the store cannot honour. */
export interface Capabilities {
  /** `set` honours its condition even against parallel writers. */
  readonly atomic: boolean
  /** Other processes see the same records. */
  readonly shared: boolean
  /** Records survive the end of the process. */
  readonly durable: boolean
  /** Records vanish by themselves some time after `expiresAt`. */
  readonly expires: boolean
  /** There is a `lock`. */
  readonly lock: boolean
}

/**
 * Where records live: opaque strings under ids. Serialising, merging and judging expiry are the
 * middleware's. A store returns what it still has, expired or not, and forgets a record no earlier
 * than a minute after its `expiresAt`. Errors are `StoreUnavailableError`, `StoreFullError` or
 * `CorruptRecordError`.
 */
export interface Store {
  get(id: string): MaybePromise<Stored | undefined>
  /** Atomic: all or nothing, and only if the condition holds. */
  set(id: string, data: string, expiresAt: number, when: Condition): MaybePromise<SetResult>
  /**
   * Moves the deadline of exactly this version to a later instant. An earlier instant changes nothing, and is no
   * failure. Never creates; keeps data and version. `false`: no record of this version.
   */
  touch(id: string, expiresAt: number, version: string): MaybePromise<boolean>
  /** Idempotent. `false`: there was nothing. */
  delete(id: string): MaybePromise<boolean>
  /** Resolves when the lock is held; rejects with `LockTimeoutError` after `options.wait`. */
  lock?(id: string, options: LockOptions): Promise<Lock>
  /** Removes what expired more than a minute ago, in slices that never block the event loop. */
  sweep?(options?: SweepOptions): Promise<SweepResult>
  /** Idempotent; afterwards every other operation fails. */
  close?(): MaybePromise<void>
  readonly capabilities: Capabilities
}

/**
 * A store that keeps nothing on the server: the record travels in the token, encrypted and authenticated. Every save and touch makes a new token.
 */
export interface SealedStoreContract {
  seal(id: string, data: string, expiresAt: number): string
  /** `undefined` for anything that this store did not seal. Never throws. */
  open(token: string): (Stored & { readonly id: string }) | undefined
}

/** How long a store keeps an expired record at least, in milliseconds. */
export const RETENTION = 60_000

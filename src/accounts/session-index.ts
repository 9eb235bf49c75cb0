import type { MaybePromise } from '../index.ts'

/** From where somebody logged in. */
export interface Device {
  /** The `User-Agent` header, cut at 512 characters; `''` without one. Show it by a parser of your choice. */
  readonly userAgent: string
  /** The network of the address, as `'192.0.2.0/24'` or `'2001:db8::/56'`; `''` where there is no IP address. */
  readonly network: string
  /** What the option `label` said. */
  readonly label: string | undefined
}

/** What an index keeps of a session. Instants in milliseconds since the epoch. */
export interface IndexEntry {
  /** The id that the session has now. */
  readonly id: string
  readonly createdAt: number
  readonly authenticatedAt: number
  /** The last use that was written down here; the record may know of a later one. */
  readonly usedAt: number
  /** When the entry was made. */
  readonly addedAt: number
  /** The latest instant at which the session can be alive. */
  readonly until: number
  readonly idleTimeout: number | false
  readonly device: Device
}

/** An entry with the key of the login it stands for, which outlives changes of the id. */
export interface Listed {
  readonly key: string
  readonly entry: IndexEntry
}

/** What is known of an authentication. */
export interface Claim {
  /** The generation that the index had when it was asked after the authentication; `undefined`: it was not asked. */
  readonly generation: number | undefined
  /** When the authentication took place, and when the index had answered, in milliseconds since the epoch. */
  readonly from: number
  readonly to: number
}

/** What an index says of one subject. */
export interface IndexView {
  /** Raised by each `revoke`; the instant of the last one, in milliseconds since the epoch, or a later number. */
  readonly generation: number
  /** Why it was raised last. */
  readonly reason: string
  /** Until when the index is kept. */
  readonly expiresAt: number
  /** Why the login was ended; `undefined` when it was not. */
  readonly endedAs: (key: string) => string | undefined
  /** The entry of a login, or of a session that was spared by its id. */
  readonly find: (key: string, id: string) => Listed | undefined
}

/** What became of a login that was to be added. */
export interface Added {
  /** Why it was not; then the session has to end. */
  readonly refused?: string | undefined
  readonly generation: number
  /** Those that had to go for it. */
  readonly ended: readonly Listed[]
}

/** How many sessions one subject may have. */
export interface Limit {
  readonly max: number | undefined
  readonly reason: string
  /** When a session was last used, or `undefined` when it lives no more. */
  readonly lastUse: (entry: IndexEntry) => MaybePromise<number | undefined>
}

/**
 * The logins of each subject. Every method is atomic, also between processes. Its errors are those of stores.
 */
export interface SessionIndex {
  look(subject: string): MaybePromise<IndexView>
  /**
   * Adds a login, or gives its entry another id, and ends the oldest beyond `limit.max`. Refuses a login that was ended,
   * and one whose claim is older than the last `revoke`, unless it was excepted from that.
   */
  add(subject: string, key: string, entry: IndexEntry, claim: Claim, limit: Limit): Promise<Added>
  /** Takes out logins that are gone, or forgets that they were ended. With a `reason` they are ended for good. */
  remove(subject: string, keys: readonly string[], reason?: string): Promise<void>
  /** Notes a use. */
  use(subject: string, key: string, usedAt: number, expiresAt: number): Promise<void>
  list(subject: string): MaybePromise<readonly Listed[]>
  /** Raises the generation and takes out all logins but that of the session `except`. Returns those. */
  revoke(
    subject: string,
    options: { except?: string | undefined; reason: string },
  ): Promise<readonly Listed[]>
}

import type { Duration } from '../checks/duration.ts'
import type { CookieAttributes } from '../states/cookie-options.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import type { ReservedName } from '../draft/reserved.ts'

/**
 * The type of session data: augment it, or give a type of your own to `session<MyData>(app)`. Left empty, any
 * key is allowed.
 */
export interface SessionData {}

/** The type of flash messages: augment it. Left empty, any key is allowed. */
export interface FlashData {}

/**
 * A type of session data that uses no reserved name. With `object` it is no type of optional properties alone,
 * which TypeScript would let nothing extend that shares none of them.
 */
export type AllowedData = { readonly [Name in ReservedName]?: never } & object

/** What `session.flash` looks like. */
// oxlint-disable-next-line typescript/no-generated-empty-object-type -- users fill it by declaration merging
export type Flash = keyof FlashData extends never ? Record<string, unknown> : Partial<FlashData>

/** What a type without keys adds to the data: any key, of a value that is not known. */
export type Loose<Data> = keyof Data extends never ? Record<string, unknown> : unknown

/** The callback of a verb's Node form, as passport calls it. With a callback nothing rejects. */
export type NodeCallback = (error?: unknown) => void

/** Which keys `regenerate` carries over: `true` for all. Never flash. */
export interface RegenerateOptions {
  readonly keep?: boolean | readonly string[]
}

/**
 * The members of `ctx.session`. They live on its prototype; its own properties are the user's data. Of verbs with
 * several forms, the form that returns a promise is declared last, as TypeScript explains mistakes by the last form.
 */
export interface SessionMembers<Data> {
  /**
   * Identifier of the stored record: `base64url(sha256(token))`. A name other than the default goes into the hash.
   * The id is safe to log and is never the credential. A new session has an id as soon as you ask; asking creates
   * no record.
   */
  readonly id: string
  /** Whether the session has no stored record. */
  readonly isNew: boolean
  /** `undefined` while nothing is stored. */
  readonly createdAt: Date | undefined
  /** The last save of data. */
  readonly updatedAt: Date | undefined
  /** When the session ends if it is not used again; this request's extension is included. */
  readonly expiresAt: Date | undefined
  /**
   * This session's own sliding lifetime, in milliseconds; `false` for none. Set it longer or shorter:
   * it is honoured from this request on and survives `changeId`.
   *
   * @throws SessionConfigError for a bad duration.
   */
  get idleTimeout(): number | false
  set idleTimeout(timeout: Duration | false)
  /**
   * The lifetime that no activity extends, in milliseconds; `false` for none. Set on a session it counts from
   * that moment. The earlier of the two deadlines ends the session.
   */
  get absoluteTimeout(): number | false
  set absoluteTimeout(timeout: Duration | false)
  /**
   * Whether the cookie outlives the browser, from now on ("remember me"). Kept in the record, so every later
   * cookie of the session says the same. `undefined` while the state decides.
   */
  get persistent(): boolean | undefined
  set persistent(persistent: boolean)
  /**
   * Why the client's former session is not there: `'session expired'`, `'address mismatch'`,
   * `'user agent mismatch'`, or what was given to `destroy`. For this request only.
   */
  readonly endReason: string | undefined

  /**
   * Ends the session on both sides, flash too. Writing afterwards in the same request begins a new
   * session with a new token.
   *
   * @throws StoreUnavailableError when the record could not be ended; then it has not been.
   */
  destroy(reason: string | undefined, callback: NodeCallback): void
  destroy(callback: NodeCallback): void
  destroy(reason?: string): Promise<void>
  /**
   * Gives the session a new token and id, and keeps everything else. The old token is dead at once. Call `changeId`
   * at login and whenever
   * rights change (OWASP Session Management: renew the session ID).
   *
   * @throws SessionError `ERR_HEADERS_SENT` when the client can no longer be told.
   */
  changeId(callback: NodeCallback): void
  changeId(): Promise<void>
  /**
   * Starts afresh under a new token: `ctx.session` is a new object with new times and bindings as soon as the
   * verb is called; the promise is for the store. The old object keeps its values and refuses to be written.
   *
   * @throws SessionConfigError for wrong options.
   * @throws SessionError `ERR_HEADERS_SENT` when the client can no longer be told.
   */
  regenerate(options: RegenerateOptions | undefined, callback: NodeCallback): void
  regenerate(callback: NodeCallback): void
  regenerate(options?: RegenerateOptions): Promise<void>
  /**
   * Commits now, before the headers leave.
   *
   * @throws ConflictError when a parallel request has ended or moved the session.
   */
  save(callback: NodeCallback): void
  save(): Promise<void>
  /** Drops unsaved changes and reads the record again. */
  reload(): Promise<void>
  /**
   * Atomic read-modify-write: `change` runs on the newest stored data, again on conflict. Resolves to
   * what it returned. `ctx.session` then shows the result; unsaved changes of other keys stay. `change` may
   * run several times; verbs of the session are refused inside of it. No other `update` is ever undone; in the
   * mode `'last-write'` a parallel request that saves plainly overwrites its result with all of its own data.
   *
   * @throws UnsupportedError on a store without atomic writes.
   * @throws ConflictError when the session has ended, or when conflicts never cease.
   */
  update<Result>(change: (data: Data & Loose<Data>) => MaybePromise<Result>): Promise<Result>
  /** Creates the session, even empty, or extends it now, whatever the threshold says. */
  touch(): Promise<void>
  /**
   * Makes the key disappear after `ttl`, whatever the session does; zero or a negative number: at once. Only calling
   * `expireKey` again moves the deadline. The key need not be set yet. `changeId` keeps the deadline.
   *
   * @throws TypeError for a reserved name; SessionConfigError for a bad duration.
   */
  expireKey(key: keyof (Data & Loose<Data>) & string, ttl: Duration): void

  /**
   * Messages for the next request that looks at `flash`: reading, testing and listing are looking,
   * assigning alone is not.
   */
  get flash(): Flash
  set flash(messages: Flash)
  /** Makes the named messages wait for one more look. */
  keepFlash(...keys: (keyof Flash)[]): void
  /** Empties the flash and nothing else. What is set afterwards stays. */
  clearFlash(): void

  /** What the session is bound to. Assign `undefined` to let the address of this client change; no other value is accepted. */
  get boundAddress(): string | undefined
  set boundAddress(address: undefined)
  /** The SHA-256 of the user agent, in base64url. Otherwise as `boundAddress`. */
  get boundUserAgent(): string | undefined
  set boundUserAgent(userAgent: undefined)

  /** For this request: do not save changes. */
  noStore: boolean
  /** For this request: save the record after the response has been sent. */
  lateStore: boolean
  /** For this request: cookie attributes that differ. */
  cookieOptions: CookieAttributes | undefined
}

/** What `ctx.session` is: the data as plain properties, and the verbs of its life. */
export type SessionObject<Data = SessionData> = Data & Loose<Data> & SessionMembers<Data>

/** What `session` has for the author of a stage, beside the members of `ctx.session`. */
export interface StageMembers<Data> {
  /** The very object that `ctx.session` returns. A look here is no use of the session; what is written is saved. */
  get data(): SessionObject<Data>
  set data(value: SessionObject<Data> | Record<string, unknown> | null)
  /** The credential itself. Hand it to nobody but the client; no inspection shows it. */
  readonly token: string | undefined
  /** A stored record is behind the session. */
  readonly stored: boolean
  /** Somebody has looked through `ctx.session`. */
  readonly used: boolean
  /** There is something to save. Serialises what was handed out, to find out. */
  readonly changed: boolean
  /** The time in milliseconds since the epoch, by the option `clock`. */
  readonly now: number
  /**
   * What stages keep in the record for themselves, each under its own name: unseen by `ctx.session`, merged
   * like keys, kept by `changeId`, dropped by `regenerate` and `destroy`.
   */
  readonly annotations: Record<string, unknown>
  /** Extends the session to the next idle deadline, or to `until`; never beyond its absolute deadline. */
  extend(until?: number | Date): void
  /** `fn` runs once before a record is first written, whichever way; what `fn` writes is in that record. */
  onCreate(fn: () => void): void
}

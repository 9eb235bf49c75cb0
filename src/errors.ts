/** The stable code of every error this package throws, rejects with or reports. */
export type SessionErrorCode =
  | 'ERR_SESSION_CONFIG'
  | 'ERR_SESSION_CONFLICT'
  | 'ERR_SESSION_CORRUPT'
  | 'ERR_SESSION_ENDED'
  | 'ERR_SESSION_FOREIGN'
  | 'ERR_SESSION_LATE_WRITE'
  | 'ERR_SESSION_LOCK_TIMEOUT'
  | 'ERR_SESSION_MIGRATION'
  | 'ERR_SESSION_NESTED'
  | 'ERR_SESSION_NOT_LOADED'
  | 'ERR_SESSION_SERIALIZE'
  | 'ERR_SESSION_TOO_LARGE'
  | 'ERR_SESSION_UNAVAILABLE'
  | 'ERR_SESSION_UNSUPPORTED'
  | 'ERR_HEADERS_SENT'
  | 'ERR_STAGE_INVALID'
  | 'ERR_STAGE_YIELDED_TWICE'
  | 'ERR_STORE_FULL'
  | 'ERR_STORE_UNAVAILABLE'

/**
 * The class of every error of this package. Tell them apart by `code`. No message, `cause` aside,
 * ever carries a token or session data.
 */
export class SessionError extends Error {
  readonly code: SessionErrorCode
  /** HTTP status Koa answers with when nobody catches the error. */
  readonly status: number = 500

  constructor(code: SessionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.name = new.target.name
  }
}

/** An option, a stage list or a name is wrong. Thrown at start, never at a request. */
export class SessionConfigError extends SessionError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_SESSION_CONFIG', message, options)
  }
}

/** The session data cannot be turned into text; `key` names the property that cannot. */
export class SessionSerializeError extends SessionError {
  readonly key: string

  constructor(key: string, message: string, options?: ErrorOptions) {
    super('ERR_SESSION_SERIALIZE', message, options)
    this.key = key
  }
}

/** A sealed session does not fit into its cookie, header or link. Sizes in bytes. */
export class SessionTooLargeError extends SessionError {
  readonly size: number
  readonly limit: number

  constructor(size: number, limit: number, carrier: 'cookie' | 'header' | 'parameter' = 'cookie') {
    const reason = carrier === 'cookie' ? `browsers drop cookies over ${limit}` : `its limit is ${limit}`
    super(
      'ERR_SESSION_TOO_LARGE',
      `The sealed session needs a ${carrier} of ${size} bytes, and ${reason}. ` +
        'Keep less in the session, or use a store that keeps records on the server.',
    )
    this.size = size
    this.limit = limit
  }
}

/**
 * The store cannot be reached or does not answer. `outcome` says whether the operation can have
 * taken place: `'none'` it has not, `'unknown'` it may have.
 */
export class StoreUnavailableError extends SessionError {
  override readonly status = 503
  readonly outcome: 'none' | 'unknown'

  constructor(message: string, options: ErrorOptions & { outcome: 'none' | 'unknown' }) {
    super('ERR_STORE_UNAVAILABLE', withCode(message, options.cause), options)
    this.outcome = options.outcome
  }
}

/** The message with the code of the cause at the end, such as `ECONNREFUSED`; of a cause of the cause, if need be. */
function withCode(message: string, cause: unknown, depth = 3): string {
  if (typeof cause !== 'object' || cause === null || depth === 0) return message
  const { code, cause: inner } = cause as { code?: unknown; cause?: unknown }
  if (typeof code !== 'string' || code === '') return withCode(message, inner, depth - 1)
  return `${message.replace(/\.$/, '')}: ${code.slice(0, 60)}`
}

/** The store has no room. The value that the store held before is still there. */
export class StoreFullError extends SessionError {
  override readonly status = 503

  constructor(message: string, options?: ErrorOptions) {
    super('ERR_STORE_FULL', message, options)
  }
}

/** A record cannot be read, and has been set aside. The visitor has no session. */
export class CorruptRecordError extends SessionError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_SESSION_CORRUPT', message, options)
  }
}

/** Another request ended, moved or kept changing the session, so this change was not saved. */
export class ConflictError extends SessionError {
  override readonly status = 503

  constructor(message: string, options?: ErrorOptions) {
    super('ERR_SESSION_CONFLICT', message, options)
  }
}

/** The lock of a session did not become free in time. `retryAfter` in seconds. */
export class LockTimeoutError extends SessionError {
  override readonly status = 503
  readonly retryAfter: number
  /** Koa copies these to the response. */
  readonly headers: { readonly 'Retry-After': string }

  constructor(message: string, retryAfter: number, options?: ErrorOptions) {
    super('ERR_SESSION_LOCK_TIMEOUT', message, options)
    this.retryAfter = retryAfter
    this.headers = { 'Retry-After': String(retryAfter) }
  }
}

/** The store or state cannot do what was asked. */
export class UnsupportedError extends SessionError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_SESSION_UNSUPPORTED', message, options)
  }
}

/** A session is not that of the subject who wanted it ended. */
export class ForeignSessionError extends SessionError {
  override readonly status = 404

  constructor(id: string, options?: ErrorOptions) {
    super(
      'ERR_SESSION_FOREIGN',
      `Session ${id.slice(0, 60)} is not one of this subject, so it was not ended.`,
      options,
    )
  }
}

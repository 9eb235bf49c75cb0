import { SessionError, StoreFullError, StoreUnavailableError } from '../../errors.ts'

/**
 * What an error of a driver means for the statement that met it:
 *
 * - `'refused'`: the database says no; nothing has changed.
 * - `'busy'`: it says no because of others; the next try may succeed.
 * - `'full'`: there is no room, or the text is too long.
 * - `'lost'`: nobody knows; the connection is gone, or the error is of no known kind.
 */
export type Failure = 'refused' | 'busy' | 'full' | 'lost'

const BUSY = new Set(['40001', '40P01', '55P03', 'ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT', 'ER_CHECKREAD'])
const FULL = new Set([
  '53100',
  '54000',
  '22001',
  'ER_DISK_FULL',
  'ER_RECORD_FILE_FULL',
  'ER_DATA_TOO_LONG',
  'ER_NET_PACKET_TOO_LARGE',
  'SQLITE_FULL',
  'SQLITE_TOOBIG',
  'ERR_STRING_TOO_LONG',
])
/** The server ends the connection, and with it what runs on it. */
const ENDED = /^(?:08|57P)|^ER_(?:SERVER_SHUTDOWN|CONNECTION_KILLED|QUERY_INTERRUPTED)$/

export function failureOf(error: unknown): Failure {
  if (error instanceof SessionError) return 'refused'
  const code = codeOf(error)
  if (code === undefined) return error instanceof RangeError ? 'full' : 'lost'
  if (BUSY.has(code) || /^SQLITE_(?:BUSY|LOCKED)/.test(code)) return 'busy'
  if (FULL.has(code)) return 'full'
  if (ENDED.test(code)) return 'lost'
  // A state of SQL, a name of MySQL's or a code of SQLite's; what is left are codes of sockets.
  return /^(?:[0-9A-Z]{5}|ER_\w+|SQLITE_\w+)$/.test(code) && !/^E[A-Z]{4}$/.test(code) ? 'refused' : 'lost'
}

/** The key is taken. */
export function isTaken(error: unknown): boolean {
  return codeOf(error) === 'ER_DUP_ENTRY'
}

export function codeOf(error: unknown): string | undefined {
  const { code } = Object(error) as { code?: unknown }
  return typeof code === 'string' ? code : undefined
}

/** The typed error for what a driver said. */
export function explain(error: unknown, operation: string, outcome: 'none' | 'unknown'): SessionError {
  if (error instanceof SessionError) return error
  const cause = withoutData(error)
  if (failureOf(error) === 'full' && outcome === 'none') {
    return new StoreFullError(`The database has no room; it could not ${operation}.`, { cause })
  }
  const code = codeOf(error)
  return new StoreUnavailableError(`The database could not ${operation}${code ? `: ${code}` : ''}.`, {
    cause,
    outcome,
  })
}

/** Knex puts the statement with its values in front of the message, and drivers quote values in it. */
function withoutData(error: unknown): Error {
  const { name = 'Error', message = '' } = Object(error) as Partial<Error>
  const said = message.slice(message.lastIndexOf(' - ') + 1).replace(/^- /, '')
  const cause: Error & { code?: string } = new Error(said.replaceAll(/'[^']*'?/g, "'…'").slice(0, 300))
  cause.name = name
  const code = codeOf(error)
  if (code !== undefined) cause.code = code
  return cause
}

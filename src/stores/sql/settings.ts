import type { Knex } from 'knex'
import type { Duration } from '../../checks/duration.ts'
import { kindOf, wrongOption } from '../../checks/messages.ts'
import { SessionConfigError } from '../../errors.ts'
import { checkOptionNames, sweepIntervalOf, timeoutOf } from '../options.ts'
import { type Dialect, DIALECTS } from './dialect.ts'

export interface SqlStoreOptions {
  /** A Knex instance for PostgreSQL, MySQL, MariaDB or SQLite. It stays yours: `close()` does not destroy it. */
  readonly knex: Knex
  /** The table of the records; default `'sessions'`. That of the locks has `_locks` after it. */
  readonly table?: string | undefined
  /**
   * How long an operation may take in all, waiting for a connection included, before it fails with
   * `StoreUnavailableError`; a duration, default 3 seconds.
   */
  readonly timeout?: Duration | undefined
  /**
   * How often expired records are cleared away while the store is in use, a duration; default 10 minutes.
   * `false`: only when `sweep()` is called.
   */
  readonly sweepInterval?: Duration | false | undefined
  /** Milliseconds since the epoch; default `Date.now`. Locks go by the clock of the database. */
  readonly clock?: (() => number) | undefined
}

export interface SqlSettings {
  readonly knex: Knex
  readonly dialect: Dialect
  readonly table: string
  readonly timeout: number
  readonly sweepInterval: number | false
  readonly clock: () => number
}

const NAMES = ['knex', 'table', 'timeout', 'sweepInterval', 'clock']
/** So short that names made from it are no longer than databases take. */
const TABLE = /^[A-Za-z_]\w{0,39}$/

/** Checks the options and fills in the defaults. Throws `SessionConfigError`. */
export function readSettings(options: SqlStoreOptions): SqlSettings {
  checkOptionNames('SqlStore', options, NAMES)
  const { knex, table = 'sessions', clock = Date.now } = options
  const wrong = (option: keyof SqlStoreOptions, expected: string): SessionConfigError =>
    wrongOption(`${option} of SqlStore`, expected, options[option])
  const dialect = dialectOf(knex)
  if (typeof table !== 'string' || !TABLE.test(table)) {
    throw wrong('table', 'a name of at most 40 letters, digits and underscores')
  }
  const timeout = timeoutOf('SqlStore', options.timeout ?? '3s')
  const sweepInterval = sweepIntervalOf('SqlStore', options.sweepInterval)
  if (typeof clock !== 'function') throw wrong('clock', 'a function such as Date.now')
  return { knex, dialect, table, timeout, sweepInterval, clock }
}

/** Messages show no value: its settings have a password in them. */
function dialectOf(knex: unknown): Dialect {
  const { client, raw, isTransaction } = Object(knex) as Partial<Knex>
  if (typeof knex !== 'function' || typeof raw !== 'function' || typeof client?.dialect !== 'string') {
    throw new SessionConfigError(
      `Expected knex of SqlStore to be an instance of Knex, as from knex({ client: 'pg', … }), got ${kindOf(knex)}.`,
    )
  }
  if (isTransaction === true) {
    throw new SessionConfigError('Expected knex of SqlStore to be an instance of Knex, got a transaction.')
  }
  const dialect = DIALECTS[client.dialect]
  if (dialect !== undefined) return dialect
  throw new SessionConfigError(
    `SqlStore works with PostgreSQL, MySQL, MariaDB and SQLite, not with '${client.dialect}'.`,
  )
}

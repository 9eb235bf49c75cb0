import type { open } from 'lmdb'
import type { Duration } from '../../checks/duration.ts'
import { kindOf, wrongOption } from '../../checks/messages.ts'
import { SessionConfigError } from '../../errors.ts'
import { checkOptionNames, sweepIntervalOf, timeoutOf } from '../options.ts'

export interface LmdbStoreOptions {
  /** The function of that name of the package `lmdb`. */
  readonly open: typeof open
  /**
   * The folder of the database; relative to the working directory at construction. Made when it does not exist,
   * with mode 0700. It must not be writable for everybody, nor lie on a network disk.
   */
  readonly dir: string
  /** How long a write may take, a duration; default 3 seconds. Reads answer at once. */
  readonly timeout?: Duration | undefined
  /**
   * How often expired records are cleared away while the store is in use, a duration; default 10 minutes.
   * `false`: only when `sweep()` is called.
   */
  readonly sweepInterval?: Duration | false | undefined
  /** Milliseconds since the epoch; default `Date.now`. Locks go by the clock of the machine. */
  readonly clock?: (() => number) | undefined
}

export interface LmdbSettings {
  readonly open: typeof open
  readonly dir: string
  readonly timeout: number
  readonly sweepInterval: number | false
  readonly clock: () => number
}

const NAMES = ['open', 'dir', 'timeout', 'sweepInterval', 'clock']

/** Checks the options and fills in the defaults. Throws `SessionConfigError`. */
export function readSettings(options: LmdbStoreOptions): LmdbSettings {
  checkOptionNames('LmdbStore', options, NAMES)
  const { open, dir, clock = Date.now } = options
  const wrong = (option: keyof LmdbStoreOptions, expected: string): SessionConfigError =>
    wrongOption(`${option} of LmdbStore`, expected, options[option])
  if (typeof open !== 'function') {
    throw new SessionConfigError(
      `Expected open of LmdbStore to be the function of that name: import { open } from 'lmdb'; got ${kindOf(open)}.`,
    )
  }
  if (typeof dir !== 'string' || dir === '' || dir.includes('\0')) throw wrong('dir', 'the path of a folder')
  const timeout = timeoutOf('LmdbStore', options.timeout ?? '3s')
  const sweepInterval = sweepIntervalOf('LmdbStore', options.sweepInterval)
  if (typeof clock !== 'function') throw wrong('clock', 'a function such as Date.now')
  return { open, dir, timeout, sweepInterval, clock }
}

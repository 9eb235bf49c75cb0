import type { Duration } from '../../checks/duration.ts'
import { wrongOption } from '../../checks/messages.ts'
import type { SessionConfigError } from '../../errors.ts'
import { checkOptionNames, sweepIntervalOf } from '../options.ts'
import { uptime } from './boot.ts'

export interface FileStoreOptions {
  /**
   * The folder of the records; relative to the working directory at construction. Made when it does
   * not exist, with mode 0700. It must not be writable for everybody, nor lie on a network disk.
   */
  readonly dir: string
  /**
   * What a write waits for. `'none'` (default): the kernel has it, so it outlives the process, and on
   * ext4 a power cut leaves the old or the new record. `'file'`: its bytes are on the disk. `'full'`:
   * the entry of its folder too.
   */
  readonly durability?: 'none' | 'file' | 'full' | undefined
  /**
   * How often expired records are cleared away while the store is in use, a duration; default 10
   * minutes. `false`: only when `sweep()` is called.
   */
  readonly sweepInterval?: Duration | false | undefined
  /** Milliseconds since the epoch; default `() => Date.now()`. */
  readonly clock?: (() => number) | undefined
  /** How many files may be open at a time; default 16. */
  readonly maxOpen?: number | undefined
  /**
   * `'async'` (default): records are read in the thread pool. `'sync'`: `get` reads at once, at a
   * fraction of the cost, and blocks the process for as long as the disk takes; for local disks.
   */
  readonly io?: 'async' | 'sync' | undefined
  /**
   * Default `false`: a folder, a folder in it or a record that belongs to another user, or that the group may write
   * to, is refused at start, as whoever can write a record can log in as anybody. `true`: that is meant. A folder that
   * everybody may write to is refused in any case.
   */
  readonly trustFolder?: boolean | undefined
}

/** How long things may take, in milliseconds, and by what. Not options: what differs in tests. */
export interface Limits {
  /** A write lock older than this is overtaken even if its owner seems alive. */
  readonly staleAfter: number
  /** How long a write waits for the lock. */
  readonly lockWait: number
  /** How long an operation waits while the process or the machine has no descriptor left. */
  readonly patience: number
  /** What leases run by. */
  readonly uptime: () => number
}

export interface Settings extends Required<{
  [K in keyof FileStoreOptions]: NonNullable<FileStoreOptions[K]>
}> {
  readonly sweepInterval: number | false
  readonly limits: Limits
}

const DEFAULT_LIMITS: Limits = { staleAfter: 5_000, lockWait: 10_000, patience: 5_000, uptime }
const NAMES = ['dir', 'durability', 'sweepInterval', 'clock', 'maxOpen', 'io', 'trustFolder']

/** Checks the options and fills in the defaults. Throws `SessionConfigError`. */
export function readSettings(options: FileStoreOptions, limits: Partial<Limits>): Settings {
  checkOptionNames('FileStore', options, NAMES)
  const { dir, durability = 'none', clock = () => Date.now(), maxOpen = 16, io = 'async' } = options
  const wrong = (option: keyof FileStoreOptions, expected: string): SessionConfigError =>
    wrongOption(`${option} of FileStore`, expected, options[option])
  if (typeof dir !== 'string' || dir === '' || dir.includes('\0')) throw wrong('dir', 'the path of a folder')
  if (!['none', 'file', 'full'].includes(durability)) throw wrong('durability', "'none', 'file' or 'full'")
  if (typeof clock !== 'function') throw wrong('clock', 'a function such as () => Date.now()')
  if (!Number.isSafeInteger(maxOpen) || maxOpen < 1) throw wrong('maxOpen', 'a whole number of at least 1')
  if (io !== 'async' && io !== 'sync') throw wrong('io', "'async' or 'sync'")
  const { trustFolder = false } = options
  if (typeof trustFolder !== 'boolean') throw wrong('trustFolder', 'true or false')
  const sweepInterval = sweepIntervalOf('FileStore', options.sweepInterval)
  const all = { ...DEFAULT_LIMITS, ...limits }
  return { dir, durability, sweepInterval, clock, maxOpen, io, trustFolder, limits: all }
}

import { DURATION_FORMS, parseDuration } from '../../checks/duration.ts'
import type { Duration } from '../../checks/duration.ts'
import { SessionConfigError } from '../../errors.ts'

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
  /** Milliseconds since the epoch; default `Date.now`. */
  readonly clock?: (() => number) | undefined
  /** How many files may be open at a time; default 16. */
  readonly maxOpen?: number | undefined
  /**
   * `'async'` (default): records are read in the thread pool. `'sync'`: `get` reads at once, at a
   * fraction of the cost, and blocks the process for as long as the disk takes; for local disks.
   */
  readonly io?: 'async' | 'sync' | undefined
}

/** How long things may take, in milliseconds. Not options: what differs in tests. */
export interface Limits {
  /** A write lock older than this is overtaken even if its owner seems alive. */
  readonly staleAfter: number
  /** How long a write waits for the lock. */
  readonly lockWait: number
  /** How long an operation waits while the process or the machine has no descriptor left. */
  readonly patience: number
}

export interface Settings extends Required<{
  [K in keyof FileStoreOptions]: NonNullable<FileStoreOptions[K]>
}> {
  readonly sweepInterval: number | false
  readonly limits: Limits
}

const DEFAULT_LIMITS: Limits = { staleAfter: 5_000, lockWait: 10_000, patience: 5_000 }
const KNOWN = ['dir', 'durability', 'sweepInterval', 'clock', 'maxOpen', 'io']

/** Checks the options and fills in the defaults. Throws `SessionConfigError`. */
export function readSettings(options: FileStoreOptions, limits: Partial<Limits>): Settings {
  if (typeof options !== 'object' || options === null) fail('options', 'an object with a dir', options)
  for (const key of Object.keys(options)) {
    if (!KNOWN.includes(key)) {
      throw new SessionConfigError(`FileStore has no option ${key}. Its options are ${KNOWN.join(', ')}.`)
    }
  }
  const { dir, durability = 'none', clock = Date.now, maxOpen = 16, io = 'async' } = options
  if (typeof dir !== 'string' || dir === '' || dir.includes('\0')) fail('dir', 'the path of a folder', dir)
  if (!['none', 'file', 'full'].includes(durability))
    fail('durability', "'none', 'file' or 'full'", durability)
  if (typeof clock !== 'function') fail('clock', 'a function such as Date.now', clock)
  if (!Number.isSafeInteger(maxOpen) || maxOpen < 1) fail('maxOpen', 'a whole number of at least 1', maxOpen)
  if (io !== 'async' && io !== 'sync') fail('io', "'async' or 'sync'", io)
  const sweepInterval = readInterval(options.sweepInterval)
  return { dir, durability, sweepInterval, clock, maxOpen, io, limits: { ...DEFAULT_LIMITS, ...limits } }
}

function readInterval(given: Duration | false | undefined): number | false {
  if (given === false) return false
  return parseDuration(given ?? '10m') ?? fail('sweepInterval', `false, or ${DURATION_FORMS}`, given)
}

function fail(option: string, expected: string, given: unknown): never {
  throw new SessionConfigError(`FileStore expects ${option} to be ${expected}; given: ${show(given)}.`)
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 100))
  return typeof value === 'object' && value !== null
    ? 'an object'
    : typeof value === 'function'
      ? 'a function'
      : String(value)
}

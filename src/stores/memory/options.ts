import { inspect } from 'node:util'
import { SessionConfigError } from '../../errors.ts'
import { nearest } from '../../checks/nearest.ts'

export interface MemoryStoreOptions {
  /**
   * How many records to keep at most; the least recently used goes first. Each sets aside 32 bytes of
   * address space. Default 100 000, at most 16 777 216.
   */
  readonly max?: number | undefined
  /** The time in milliseconds since the epoch. Default `Date.now`. */
  readonly clock?: (() => number) | undefined
}

const NAMES = ['max', 'clock']
const MOST = 2 ** 24

export function checkMemoryOptions(options: MemoryStoreOptions): { max: number; clock: () => number } {
  if (typeof options !== 'object' || options === null) throw wrong('its options', 'an object', options)
  const unknown = Object.keys(options).find((name) => !NAMES.includes(name))
  if (unknown !== undefined) {
    const meant = nearest(unknown, NAMES)
    throw new SessionConfigError(
      `MemoryStore has no option '${unknown}'. ` +
        (meant === undefined ? `Its options are ${NAMES.join(' and ')}.` : `Did you mean '${meant}'?`),
    )
  }
  const { max = 100_000, clock = Date.now } = options
  if (!Number.isInteger(max) || max < 1 || max > MOST) {
    throw wrong("'max'", `an integer from 1 to ${MOST}`, max)
  }
  if (typeof clock !== 'function') throw wrong("'clock'", 'a function that returns milliseconds', clock)
  const now: unknown = clock()
  if (!Number.isFinite(now)) throw wrong("'clock'", 'a function that returns milliseconds', now)
  return { max, clock }
}

function wrong(what: string, expected: string, given: unknown): SessionConfigError {
  return new SessionConfigError(
    `MemoryStore expects ${what} to be ${expected}, but was given ${inspect(given, { depth: 0 })}.`,
  )
}

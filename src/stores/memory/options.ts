import { wrongOption } from '../../checks/messages.ts'
import { checkOptionNames } from '../options.ts'

export interface MemoryStoreOptions {
  /**
   * How many records to keep at most; the least recently used goes first. Each sets aside some 45 bytes of
   * address space. Default 100 000, at most 16 777 216.
   */
  readonly max?: number | undefined
  /** The time in milliseconds since the epoch. Default `() => Date.now()`. */
  readonly clock?: (() => number) | undefined
}

const MOST = 2 ** 24

export function checkMemoryOptions(options: MemoryStoreOptions): { max: number; clock: () => number } {
  checkOptionNames('MemoryStore', options, ['max', 'clock'])
  const { max = 100_000, clock = () => Date.now() } = options
  if (!Number.isInteger(max) || max < 1 || max > MOST) {
    throw wrongOption('max of MemoryStore', `an integer from 1 to ${MOST}`, max)
  }
  const now: unknown = typeof clock === 'function' ? clock() : clock
  if (typeof clock !== 'function' || !Number.isFinite(now)) {
    throw wrongOption('clock of MemoryStore', 'a function that returns milliseconds', now)
  }
  return { max, clock }
}

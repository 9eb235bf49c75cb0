import { DURATION_FORMS, type Duration, parseDuration } from '../checks/duration.ts'
import { isPlainData, unknownOption, wrongOption } from '../checks/messages.ts'

/** How `sessions.open` watches for the end of a session. */
export interface OpenOptions {
  /**
   * How often the session is read again, to notice what other processes have done to it. Default `'1m'`. What this
   * process does is noticed at once, and the deadline when it comes.
   */
  readonly recheck?: Duration | undefined
}

/** Milliseconds. @throws SessionConfigError */
export function checkRecheck(options: OpenOptions = {}): number {
  if (!isPlainData(options)) throw wrongOption('the options of open()', 'an object', options)
  const unknown = Object.keys(options).find((key) => key !== 'recheck')
  if (unknown !== undefined) throw unknownOption(undefined, unknown, ['recheck'])
  const { recheck = '1m' } = options
  const ms = parseDuration(recheck, 'recheck')
  if (ms === undefined) throw wrongOption('recheck', DURATION_FORMS, recheck)
  return ms
}

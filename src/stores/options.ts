import { type Duration, DURATION_FORMS, parseDuration } from '../checks/duration.ts'
import { unknownOption, wrongOption } from '../checks/messages.ts'
import { SessionConfigError } from '../errors.ts'

/**
 * Refuses what is no object, and names that are no options of the store, most likely slips. No message shows a
 * value: it may be a secret.
 *
 * @throws {SessionConfigError}
 */
export function checkOptionNames(store: string, options: unknown, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    const given = options === null ? 'null' : typeof options
    throw new SessionConfigError(`Expected the options of ${store} to be an object, got ${given}.`)
  }
  const unknown = Object.keys(options).find((name) => !names.includes(name))
  if (unknown === undefined) return
  throw unknownOption(store, unknown, names)
}

/** How long an operation may take, in milliseconds. @throws {SessionConfigError} */
export function timeoutOf(store: string, given: Duration): number {
  const timeout = parseDuration(given)
  if (timeout === undefined) throw wrongOption(`timeout of ${store}`, DURATION_FORMS, given)
  return timeout
}

/** How often a store sweeps by itself, in milliseconds. @throws {SessionConfigError} */
export function sweepIntervalOf(store: string, given: Duration | false = '10m'): number | false {
  const interval = given === false ? given : parseDuration(given, 'sweepInterval')
  if (interval === undefined)
    throw wrongOption(`sweepInterval of ${store}`, `false, or ${DURATION_FORMS}`, given)
  return interval
}

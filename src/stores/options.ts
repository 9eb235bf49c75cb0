import { unknownOption } from '../checks/messages.ts'
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

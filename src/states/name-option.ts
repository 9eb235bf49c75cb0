import { unknownOption, wrongOption } from '../checks/messages.ts'
import { MOST_COOKIE_BYTES } from './cookie-header.ts'

/** The options of a state that is known by a name and carries a token of any length. */
export interface CarrierOptions {
  readonly name?: string | undefined
  readonly maxBytes?: number | undefined
}

interface NameRule {
  /** What the options are called in messages. */
  readonly where: string
  readonly expected: string
  readonly holds: (name: string) => boolean
}

const NAMES: readonly (keyof CarrierOptions)[] = ['name', 'maxBytes']

/** These options with their defaults; throws a `SessionConfigError` for a wrong or unknown option. */
export function carrierOptions(
  options: CarrierOptions,
  preset: string,
  rule: NameRule,
): { readonly name: string; readonly maxBytes: number } {
  const { where, expected, holds } = rule
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw wrongOption(where, 'an object such as { name }', options)
  }
  const unknown = Object.keys(options).find((key) => !(NAMES as readonly string[]).includes(key))
  if (unknown !== undefined) throw unknownOption(where, unknown, NAMES)
  const { name = preset, maxBytes = MOST_COOKIE_BYTES } = options
  if (typeof name !== 'string' || name.length > 256 || !holds(name)) {
    throw wrongOption(`${where}.name`, expected, name)
  }
  if (!Number.isSafeInteger(maxBytes) || maxBytes < 1) {
    throw wrongOption(`${where}.maxBytes`, 'a whole number of at least 1', maxBytes)
  }
  return { name, maxBytes }
}

import { SessionConfigError } from '../errors.ts'
import { wrongOption } from '../checks/messages.ts'

/** The options of a state that needs nothing but a name. */
export interface NameOptions {
  readonly name?: string | undefined
}

interface NameRule {
  /** What the options are called in messages. */
  readonly where: string
  readonly expected: string
  readonly holds: (name: string) => boolean
}

/** The name of these options, or the default; throws a `SessionConfigError` for a wrong or unknown option. */
export function nameOption(options: NameOptions, preset: string, rule: NameRule): string {
  const { where, expected, holds } = rule
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw wrongOption(where, 'an object such as { name }', options)
  }
  const unknown = Object.keys(options).find((key) => key !== 'name')
  if (unknown !== undefined) {
    throw new SessionConfigError(
      `Unknown option ${where}.${unknown.slice(0, 60)}. Did you mean ${where}.name?`,
    )
  }
  const { name = preset } = options
  if (typeof name !== 'string' || name.length > 256 || !holds(name)) {
    throw wrongOption(`${where}.name`, expected, name)
  }
  return name
}

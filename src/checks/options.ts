import { DURATION_FORMS, parseDuration } from './duration.ts'
import { isPlainData, unknownOption, wrongOption } from './messages.ts'

/** What an option must be, in words and as a check. */
export type Rule = readonly [expected: string, holds: (value: unknown) => boolean]

/** `other`: what may stand in the place of a duration. */
export const duration = (...other: readonly (0 | false)[]): Rule => [
  [DURATION_FORMS, ...other].join(', or '),
  (value) => other.includes(value as false) || parseDuration(value) !== undefined,
]

/**
 * All that was given is known and right; `undefined` counts as not given. `where`: what the options are those
 * of. `hintFor` says what stands in the place of a name that is not known.
 *
 * @throws SessionConfigError
 */
export function checkOptions(
  where: string | undefined,
  given: unknown,
  rules: Readonly<Record<string, Rule>>,
  hintFor?: (name: string) => string | undefined,
): true {
  if (!isPlainData(given)) throw wrongOption(where ?? 'options', 'an object', given)
  for (const [key, value] of Object.entries(given)) {
    if (!Object.hasOwn(rules, key)) throw unknownOption(where, key, Object.keys(rules), hintFor?.(key))
    const [expected, holds] = rules[key]!
    if (value !== undefined && !holds(value))
      throw wrongOption(where === undefined ? key : `${where}.${key}`, expected, value)
  }
  return true
}

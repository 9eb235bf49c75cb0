import { SessionSerializeError } from '../errors.ts'
import { isReserved } from './reserved.ts'

/** Turns values into text and back: `JSON`, or anything of its shape, such as devalue or superjson. */
export interface Serializer {
  stringify(value: unknown): string
  parse(text: string): unknown
}

export type Values = Record<string, unknown>

/** What the user put into a session. */
export interface Content {
  data: Values
  flash: Values
}

/**
 * The text of a session's content.
 *
 * @throws SessionSerializeError naming the key whose value the serializer refuses.
 */
export function stringifyContent(serializer: Serializer, { data, flash }: Content): string {
  try {
    return serializer.stringify({ data, flash })
  } catch (error) {
    throw blame(serializer, data, flash, error)
  }
}

/** The text of one value, to compare it by; `undefined` is a value that is not there. */
export function stringifyValue(serializer: Serializer, value: unknown): string | undefined {
  return value === undefined ? undefined : serializer.stringify(value)
}

/**
 * Content read from a store, without the keys that would shadow a member of the session.
 *
 * @returns `undefined` when the text is not what `stringifyContent` writes.
 */
export function parseContent(
  serializer: Serializer,
  text: string,
): (Content & { readonly leftOut: readonly string[] }) | undefined {
  let content: unknown
  try {
    content = serializer.parse(text)
  } catch {
    return undefined
  }
  const { data, flash } = (content ?? {}) as Partial<Content>
  if (!isObject(data) || !isObject(flash)) return undefined
  const leftOut = Object.keys(data).filter(isReserved)
  for (const key of leftOut) delete data[key]
  if (Object.hasOwn(flash, '__proto__')) delete flash['__proto__']
  return { data, flash, leftOut }
}

/** The names of the keys whose values differ. */
export function changedKeys(serializer: Serializer, before: Values, after: Values): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (key) => stringifyValue(serializer, before[key]) !== stringifyValue(serializer, after[key]),
  )
}

/** What a value is, for messages that must not show it. */
export function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1)
}

/** What can replace the data of a session: an object that is a bag of properties, not an array, a Map or a Date. */
export function isPlainData(value: unknown): value is Values {
  return isObject(value) && Object.prototype.toString.call(value) === '[object Object]'
}

function isObject(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function blame(serializer: Serializer, data: Values, flash: Values, cause: unknown): SessionSerializeError {
  for (const [where, values] of [
    ['', data],
    ['flash.', flash],
  ] as const) {
    for (const key of Object.keys(values)) {
      try {
        serializer.stringify(values[key])
      } catch (error) {
        const name = `${where}${key}`
        return new SessionSerializeError(
          name,
          `The session could not be saved: the value of '${name}' cannot be serialised (${nameOf(error)}). ` +
            'Store what the serializer can write, or set the serializer option.',
          { cause: error },
        )
      }
    }
  }
  return new SessionSerializeError('', 'The session could not be saved: the serializer failed.', { cause })
}

// Only the kind of error: its message may quote the value.
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error
}

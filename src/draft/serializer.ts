import { SessionSerializeError } from '../errors.ts'
import { warnOfLosses } from './losses.ts'

/** Turns values into text and back: `JSON`, or anything of its shape, such as devalue or superjson. */
export interface Serializer {
  stringify(value: unknown): string
  parse(text: string): unknown
}

/**
 * The text of one value; `undefined` when there is none, as of a function with JSON.
 *
 * @throws SessionSerializeError naming the key whose value the serializer refuses.
 */
export function stringifyValue(serializer: Serializer, value: unknown, name: string): string | undefined {
  if (value === undefined) return undefined
  let text: unknown
  try {
    text = serializer.stringify(value)
  } catch (cause) {
    // Only the kind of error: its message may quote the value.
    const kind = cause instanceof Error ? cause.name : typeof cause
    throw new SessionSerializeError(
      name,
      `The session could not be saved: the value of '${name}' cannot be serialised (${kind}). ` +
        'Store what the serializer can write, or set the serializer option.',
      { cause },
    )
  }
  if (serializer.stringify === JSON.stringify) warnOfLosses(name, value)
  return typeof text === 'string' ? text : undefined
}

/** Whether a value can change inside while it stays the same one. */
export function isObject(value: unknown): boolean {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

import { CorruptRecordError, SessionSerializeError } from '../errors.ts'
import { formatLine, type Kind, textIn } from './lines.ts'
import { warnOfLosses } from './losses.ts'

/** Turns values into text and back: `JSON`, or anything of its shape, such as devalue or superjson. */
export interface Serializer {
  stringify(value: unknown): string
  parse(text: string): unknown
}

/** A value that was read, assigned or deleted. */
export interface Entry {
  readonly value: unknown
  /** The tick of the assignment or deletion; 0: only read. */
  readonly assigned: number
  /**
   * What a message has before its text, to tell it from an equal one that is set anew. `undefined`: it has been
   * shown, and has no line any more.
   */
  readonly mark: string | undefined
}

/** How errors call what stands under a name. */
const LABELS = { d: '', f: 'flash.', a: 'annotations.', k: 'deadline of ' } as const

export const newMark = (): string => `${Math.floor(Math.random() * Number.MAX_SAFE_INTEGER)} `

/** The value in the line of that name. @throws CorruptRecordError */
export function readLine(serializer: Serializer, kind: Kind, name: string, line: string): Entry {
  try {
    const text = textIn(line, name)
    const at = kind === 'f' ? text.indexOf(' ') + 1 : 0
    const value = (kind === 'k' ? JSON : serializer).parse(text.slice(at))
    return { value, assigned: 0, mark: text.slice(0, at) }
  } catch (cause) {
    const which = LABELS[kind] + name
    throw new CorruptRecordError(`The value of '${which}' cannot be parsed by the serializer.`, { cause })
  }
}

/**
 * The line of a value; `undefined` when the serializer has no text for it, as JSON has none for a function.
 *
 * @throws SessionSerializeError naming the key whose value the serializer refuses.
 */
export function writeLine(
  serializer: Serializer,
  kind: Kind,
  name: string,
  value: unknown,
  mark = '',
): string | undefined {
  if (value === undefined) return undefined
  const key = LABELS[kind] + name
  const by: Serializer = kind === 'k' ? JSON : serializer
  let text: unknown
  try {
    text = by.stringify(value)
  } catch (cause) {
    // Only the kind of error: its message may quote the value.
    const error = cause instanceof Error ? cause.name : typeof cause
    throw new SessionSerializeError(
      key,
      `The session could not be saved: the value of '${key}' cannot be serialised (${error}). ` +
        'Store what the serializer can write, or set the serializer option.',
      { cause },
    )
  }
  if (by.stringify === JSON.stringify) warnOfLosses(key, value)
  return typeof text === 'string' ? formatLine(kind, name, mark + text) : undefined
}

/** Whether a value can change inside while it stays the same one. */
export function isObject(value: unknown): boolean {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

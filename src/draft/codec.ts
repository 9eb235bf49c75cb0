import { CorruptRecordError } from '../errors.ts'
import { formatRecord, isTombstone, type Meta, NO_LINES, parseRecord } from '../record.ts'
import { formatLine, type Kind, lineOf, namesOf, textIn } from './lines.ts'
import { type Serializer, stringifyValue } from './serializer.ts'

/** All that the record of a session holds, taken apart: for stores that keep objects, not text. */
export interface RecordContent {
  readonly meta: Meta
  readonly data: Values
  readonly flash: Values
  readonly annotations: Values
  /** When keys of the data disappear, in milliseconds since the epoch. */
  readonly deadlines: Readonly<Record<string, number>>
  /** What tells a flash message from an equal one that is set anew; one that is missing is drawn. */
  readonly marks: Readonly<Record<string, number>>
}

type Values = Readonly<Record<string, unknown>>

/**
 * The content of the stored text of a session.
 *
 * @throws CorruptRecordError for any other text, that of a tombstone too, and for a value that does not parse.
 */
export function decodeRecord(text: string, serializer: Serializer = JSON): RecordContent {
  const record = parseRecord('to decode', { data: text, version: '', expiresAt: 0 })
  if (isTombstone(record)) throw new CorruptRecordError('The record is that of a session that has ended.')
  const { meta, lines } = record
  const marks: Record<string, number> = bag()
  const flash = read(lines, 'f', (text, name) => {
    const [mark, rest] = markOf(text)
    marks[name] = mark
    return serializer.parse(rest)
  })
  return {
    meta,
    data: read(lines, 'd', (text) => serializer.parse(text)),
    flash,
    annotations: read(lines, 'a', (text) => serializer.parse(text)),
    deadlines: read(lines, 'k', Number),
    marks,
  }
}

/**
 * The stored text of a session with this content; what the serializer has no text for is left out.
 *
 * @throws SessionSerializeError naming what the serializer refuses.
 */
export function encodeRecord(
  { meta, data, flash, annotations, deadlines, marks }: RecordContent,
  serializer: Serializer = JSON,
): string {
  const text = (value: unknown, name: string): string | undefined => stringifyValue(serializer, value, name)
  const message = (value: unknown, name: string): string | undefined => {
    const written = text(value, name)
    return written === undefined ? undefined : `${marks[name] ?? newMark()} ${written}`
  }
  // Deadlines stand first, as `replaceLine` has it.
  const lines = [
    ...write('k', deadlines, String),
    ...write('d', data, text),
    ...write('f', flash, message),
    ...write('a', annotations, text),
  ]
  return formatRecord(meta, lines.length === 0 ? NO_LINES : `\n${lines.join('\n')}\n`)
}

function read<T>(lines: string, kind: Kind, parse: (text: string, name: string) => T): Record<string, T> {
  const values: Record<string, T> = bag()
  try {
    for (const name of namesOf(lines, kind))
      values[name] = parse(textIn(lineOf(lines, kind, name)!, name), name)
  } catch (cause) {
    throw new CorruptRecordError('A value of a session record cannot be parsed.', { cause })
  }
  return values
}

function write<T>(
  kind: Kind,
  values: Readonly<Record<string, T>>,
  format: (value: T, name: string) => string | undefined,
): string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const text = format(value, name)
    return text === undefined ? [] : formatLine(kind, name, text)
  })
}

/** A bag that keeps a key `__proto__` like any other. */
const bag = <T>(): Record<string, T> => Object.create(null) as Record<string, T>

function markOf(text: string): [number, string] {
  const at = text.indexOf(' ')
  return [Number(text.slice(0, at)), text.slice(at + 1)]
}

const newMark = (): number => Math.floor(Math.random() * Number.MAX_SAFE_INTEGER)

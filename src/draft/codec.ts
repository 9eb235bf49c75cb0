import { CorruptRecordError } from '../errors.ts'
import { formatRecord, isTombstone, type Meta, parseRecord } from '../record.ts'
import { joinLines, type Kind, namedLines } from './lines.ts'
import { type Entry, newMark, readLine, type Serializer, writeLine } from './serializer.ts'

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
  // A key `__proto__` becomes one like any other.
  const read = <T>(kind: Kind, what: (entry: Entry) => T): Record<string, T> =>
    Object.fromEntries(
      [...namedLines(lines, kind)].map(([name, line]) => [
        name,
        what(readLine(serializer, kind, name, line)),
      ]),
    )
  return {
    meta,
    data: read('d', ({ value }) => value),
    flash: read('f', ({ value }) => value),
    annotations: read('a', ({ value }) => value),
    deadlines: read('k', ({ value }) => Number(value)),
    marks: read('f', ({ mark }) => Number(mark)),
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
  const markOf = (name: string): string => (Object.hasOwn(marks, name) ? `${marks[name]} ` : newMark())
  const write = (kind: Kind, values: Values): string[] =>
    Object.entries(values).flatMap(
      ([name, value]) => writeLine(serializer, kind, name, value, kind === 'f' ? markOf(name) : '') ?? [],
    )
  // Deadlines stand first, as `replaceLines` has it.
  const lines = [
    ...write('k', deadlines),
    ...write('d', data),
    ...write('f', flash),
    ...write('a', annotations),
  ]
  return formatRecord(meta, joinLines(lines))
}

import { CorruptRecordError } from '../errors.ts'
import { type Change, formatLine, lineOf, namesOf, replaceLines, textIn } from './lines.ts'
import { isReserved, refuseReserved } from './reserved.ts'
import { type Serializer, stringifyValue } from './serializer.ts'

/** The data in another form, and what marks that form. */
export interface Revised {
  readonly data: Readonly<Record<string, unknown>>
  readonly mark: unknown
}

/** Brings the data of a record to another form before anybody sees them. That alone is no change. */
export interface Revision {
  /** The name of the annotation that marks the form. */
  readonly annotation: string
  /**
   * `mark`: that of the record; `read` parses its data, for this function to change or replace. Returns `undefined`
   * for data that are to be seen as they are.
   */
  readonly revise: (mark: unknown, read: () => Record<string, unknown>) => Revised | undefined
}

/** Whose records they are. */
interface Reviser {
  readonly serializer: Serializer
  readonly revision?: Revision | undefined
  corrupt(error: CorruptRecordError): void
}

/** The lines of a record in their new form; the same text when there is nothing to do. */
export function revised(by: Reviser, lines: string): string {
  if (!by.revision) return lines
  try {
    return revisedLines(lines, by.serializer, by.revision)
  } catch (error) {
    if (error instanceof CorruptRecordError) by.corrupt(error)
    throw error
  }
}

function revisedLines(lines: string, serializer: Serializer, { annotation, revise }: Revision): string {
  const line = lineOf(lines, 'a', annotation)
  const parse = (text: string): unknown => {
    try {
      return serializer.parse(text)
    } catch (cause) {
      throw new CorruptRecordError('A value cannot be parsed by the serializer.', { cause })
    }
  }
  const names = (): string[] => namesOf(lines, 'd').filter((name) => !isReserved(name))
  const read = (): Record<string, unknown> =>
    Object.fromEntries(names().map((name) => [name, parse(textIn(lineOf(lines, 'd', name)!, name))]))
  const made = revise(line === undefined ? undefined : parse(textIn(line, annotation)), read)
  if (!made) return lines
  const { data, mark } = made
  const changes: Change[] = []
  const change = (kind: 'a' | 'd', name: string, value: unknown): void => {
    const text = stringifyValue(serializer, value, name)
    const after = text === undefined ? undefined : formatLine(kind, name, text)
    changes.push({ kind, name, before: lineOf(lines, kind, name), after })
  }
  for (const name of new Set([...names(), ...Object.keys(data)])) {
    if (isReserved(name)) throw refuseReserved(name)
    change('d', name, Object.hasOwn(data, name) ? data[name] : undefined)
  }
  change('a', annotation, mark)
  return replaceLines(lines, changes)
}

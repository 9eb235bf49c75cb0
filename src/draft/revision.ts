import { CorruptRecordError } from '../errors.ts'
import { type Change, type Kind, lineOf, namedLines, replaceLines } from './lines.ts'
import { isReserved, refuseReserved } from './reserved.ts'
import { readLine, type Serializer, writeLine } from './serializer.ts'

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
  const fields = (): [string, string][] => [...namedLines(lines, 'd')].filter(([name]) => !isReserved(name))
  const read = (): Record<string, unknown> =>
    Object.fromEntries(fields().map(([name, line]) => [name, readLine(serializer, 'd', name, line).value]))
  const line = lineOf(lines, 'a', annotation)
  const made = revise(line && readLine(serializer, 'a', annotation, line).value, read)
  if (!made) return lines
  const { data, mark } = made
  const names = new Set([...fields().map(([name]) => name), ...Object.keys(data)])
  const change = (kind: Kind, name: string, value: unknown): Change => {
    if (kind === 'd' && isReserved(name)) throw refuseReserved(name)
    return { kind, name, before: lineOf(lines, kind, name), after: writeLine(serializer, kind, name, value) }
  }
  const changes = [...names].map((name) =>
    change('d', name, Object.hasOwn(data, name) ? data[name] : undefined),
  )
  return replaceLines(lines, [...changes, change('a', annotation, mark)])
}

import { CorruptRecordError } from '../errors.ts'

/**
 * What a line of a record holds, by the letter it begins with: the deadline of a key, a flash message, an
 * annotation, a key of the user's data. A capital letter: the text of the value had a line break and is quoted.
 *
 *   d"user":"ann"        the name as a JSON string, then the serializer's text of the value
 *   k"code":1764000000000
 */
export type Kind = 'k' | 'f' | 'a' | 'd'

/** One key of a record as one request found it and as the request leaves it; `undefined`: no such line. */
export interface Change {
  readonly kind: Kind
  readonly name: string
  readonly before: string | undefined
  readonly after: string | undefined
}

/** The line of that name, found by one search: names are JSON strings, so nothing else can look like it. */
export function lineOf(lines: string, kind: Kind, name: string): string | undefined {
  const rest = `${JSON.stringify(name)}:`
  let at = lines.indexOf(`\n${kind}${rest}`)
  if (at === -1) at = lines.indexOf(`\n${kind.toUpperCase()}${rest}`)
  return at === -1 ? undefined : lines.slice(at + 1, lines.indexOf('\n', at + 1))
}

/** A line for a value whose text that is. */
export function formatLine(kind: Kind, name: string, text: string): string {
  return text.includes('\n')
    ? `${kind.toUpperCase()}${JSON.stringify(name)}:${JSON.stringify(text)}`
    : `${kind}${JSON.stringify(name)}:${text}`
}

/** The text of the value in the line of that name. */
export function textIn(line: string, name: string): string {
  const text = line.slice(JSON.stringify(name).length + 2)
  return line.charCodeAt(0) < 97 ? (JSON.parse(text) as string) : text
}

const NAME = /^[a-zA-Z]("(?:[^"\\]|\\.)*"):/

/** The names of one kind, in the order of the lines. @throws CorruptRecordError for a line of no known form. */
export function namesOf(lines: string, kind: Kind): string[] {
  const names: string[] = []
  const capital = kind.toUpperCase()
  for (let at = 1; at < lines.length; at = lines.indexOf('\n', at) + 1) {
    if (lines[at] !== kind && lines[at] !== capital) continue
    const name = NAME.exec(lines.slice(at, lines.indexOf('\n', at)))?.[1]
    if (name === undefined) throw new CorruptRecordError('A line of a session record has no name.')
    names.push(JSON.parse(name) as string)
  }
  return names
}

/**
 * The lines with one of them replaced, added or taken out. Deadlines stand first, so that a record without
 * any shows so at a glance.
 */
export function replaceLine(
  lines: string,
  kind: Kind,
  before: string | undefined,
  after: string | undefined,
): string {
  if (before === after) return lines
  if (before === undefined) return kind === 'k' ? `\n${after}${lines}` : `${lines}${after}\n`
  const at = lines.indexOf(`\n${before}\n`) + 1
  const rest = lines.slice(at + before.length)
  return after === undefined ? lines.slice(0, at) + rest.slice(1) : lines.slice(0, at) + after + rest
}

/** Whether any key has a deadline. */
const hasDeadlines = (lines: string): boolean => lines.charCodeAt(1) === 107

/** The lines without the keys whose deadline has passed, and without those deadlines. */
export function withoutExpired(lines: string, now: number): string {
  if (!hasDeadlines(lines)) return lines
  let left = lines
  for (const name of namesOf(lines, 'k')) {
    const deadline = lineOf(lines, 'k', name)
    if (deadline === undefined || now <= Number(textIn(deadline, name))) continue
    left = replaceLine(left, 'k', deadline, undefined)
    left = replaceLine(left, 'd', lineOf(left, 'd', name), undefined)
  }
  return left
}

/** Of the data the keys that are to be kept, and their deadlines; nothing else. */
export function keptLines(lines: string, keep: (name: string) => boolean): string {
  let kept = '\n'
  for (const kind of ['d', 'k'] as const)
    for (const name of namesOf(lines, kind))
      if (keep(name)) kept = replaceLine(kept, kind, undefined, lineOf(lines, kind, name))
  return kept
}

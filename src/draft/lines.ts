import { CorruptRecordError } from '../errors.ts'
import { JSON_STRING, NO_LINES } from '../record.ts'

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

let lastName = ''
let lastQuoted = '""'

/** The name as a JSON string. A request mostly asks for the same name several times in a row. */
function quote(name: string): string {
  if (name !== lastName) {
    lastQuoted = JSON.stringify(name)
    lastName = name
  }
  return lastQuoted
}

/** The line of that name, found by one search: names are JSON strings, so nothing else can look like it. */
export function lineOf(lines: string, kind: Kind, name: string): string | undefined {
  if (lines === NO_LINES) return undefined
  const rest = `${quote(name)}:`
  let at = lines.indexOf(`\n${kind}${rest}`)
  if (at === -1) at = lines.indexOf(`\n${kind.toUpperCase()}${rest}`)
  return at === -1 ? undefined : lines.slice(at + 1, lines.indexOf('\n', at + 1))
}

/** A line for a value whose text that is. */
export function formatLine(kind: Kind, name: string, text: string): string {
  return text.includes('\n')
    ? `${kind.toUpperCase()}${quote(name)}:${JSON.stringify(text)}`
    : `${kind}${quote(name)}:${text}`
}

/** The text of the value in the line of that name. */
export function textIn(line: string, name: string): string {
  const text = line.slice(quote(name).length + 2)
  return line.charCodeAt(0) < 97 ? (JSON.parse(text) as string) : text
}

const NAME = new RegExp(`^[a-zA-Z](${JSON_STRING}):`)

/** All lines, each under its kind and its name as a JSON string. One without a name stands for itself. */
function split(lines: string): Map<string, string> {
  const all = new Map<string, string>()
  for (const line of lines.split('\n'))
    if (line !== '') all.set(line.charAt(0).toLowerCase() + (NAME.exec(line)?.[1] ?? `?${line}`), line)
  return all
}

export function joinLines(lines: Iterable<string>): string {
  return ['', ...lines, ''].join('\n')
}

/** The lines of one kind by their names, in order. @throws CorruptRecordError for a line of no known form. */
export function namedLines(lines: string, kind: Kind): Map<string, string> {
  const found = new Map<string, string>()
  for (const [key, line] of split(lines)) {
    if (!key.startsWith(kind)) continue
    if (key.startsWith('?', 1)) throw new CorruptRecordError('A line of a session record has no name.')
    found.set(JSON.parse(key.slice(1)) as string, line)
  }
  return found
}

/** From so many on, telling all lines apart is less than a search for each. */
const FEW = 32

/** The lines of a record: one is found by a search; whoever asks for many gets an index of them all. */
export class Lines {
  readonly text: string
  #asked = 0
  #index: ReadonlyMap<string, string> | undefined

  constructor(text: string) {
    this.text = text
  }

  find(kind: Kind, name: string): string | undefined {
    this.#asked += 1
    if (this.#asked <= FEW) return lineOf(this.text, kind, name)
    this.#index ??= split(this.text)
    return this.#index.get(kind + quote(name))
  }
}

/**
 * The lines with those that have changed replaced, added or taken out. Deadlines are added in front, so that a
 * record without any shows so at a glance. `exact`: what was there before is there still.
 */
export function replaceLines(lines: string, changes: readonly Change[], exact = true): string {
  if (!exact || changes.length > FEW) return replaceByName(lines, changes)
  let left = lines
  for (const { kind, before, after } of changes) {
    if (before === after) continue
    const line = after === undefined ? '' : `\n${after}`
    if (before === undefined) left = kind === 'k' ? line + left : `${left}${after}\n`
    else {
      const at = left.indexOf(`\n${before}\n`)
      left = left.slice(0, at) + line + left.slice(at + 1 + before.length)
    }
  }
  return left
}

function replaceByName(lines: string, changes: readonly Change[]): string {
  const all = split(lines)
  const first: string[] = []
  for (const { kind, name, after } of changes) {
    const key = kind + quote(name)
    if (after === undefined) all.delete(key)
    else if (kind === 'k' && !all.has(key)) first.push(after)
    else all.set(key, after)
  }
  return joinLines([...first, ...all.values()])
}

/** Those of the lines whose kind and name, as a JSON string, are to be kept. */
export function linesWhere(lines: string, keep: (kind: string, name: string) => boolean): string {
  const kept = [...split(lines)].filter(([key]) => keep(key.charAt(0), key.slice(1)))
  return joinLines(kept.map(([, line]) => line))
}

/** The lines without the keys whose deadline has passed, and without those deadlines. */
export function withoutExpired(lines: string, now: number): string {
  if (!lines.startsWith('\nk')) return lines
  const all = split(lines)
  for (const [key, line] of all) {
    if (!key.startsWith('k') || !(Number(line.slice(key.length + 1)) < now)) continue
    all.delete(key)
    all.delete(`d${key.slice(1)}`)
  }
  return joinLines(all.values())
}

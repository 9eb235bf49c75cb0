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

const NAME = /^[a-zA-Z]("(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"):/

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

/** Finds lines by one search each; whoever asks for many gets an index of them all. */
export class Finder {
  readonly lines: string
  #asked = 0
  #index: ReadonlyMap<string, string> | undefined

  constructor(lines: string) {
    this.lines = lines
  }

  find(kind: Kind, name: string): string | undefined {
    this.#asked += 1
    if (this.#asked <= FEW) return lineOf(this.lines, kind, name)
    this.#index ??= new Map(named(this.lines).map(({ key, line }) => [key, line]))
    return this.#index.get(kind + JSON.stringify(name))
  }
}

/** From so many on, going through all lines once is less than a search for each. */
const FEW = 32

/** All lines that have a name, each under its kind and the name as a JSON string. */
function named(lines: string): { readonly key: string; readonly line: string }[] {
  return lines.split('\n').flatMap((line) => {
    const name = NAME.exec(line)?.[1]
    return name === undefined ? [] : [{ key: line.charAt(0).toLowerCase() + name, line }]
  })
}

/** The lines with these replaced, added or taken out. */
export function replaceLines(lines: string, changes: readonly Omit<Change, 'name'>[]): string {
  if (changes.length > FEW) return replaceMany(lines, changes)
  let left = lines
  for (const { kind, before, after } of changes) left = replaceLine(left, kind, before, after)
  return left
}

function replaceMany(lines: string, changes: readonly Omit<Change, 'name'>[]): string {
  const replaced = new Map<string, string | undefined>()
  let [first, last] = ['\n', '']
  for (const { kind, before, after } of changes) {
    if (before !== undefined) replaced.set(before, after)
    else if (after !== undefined && kind === 'k') first += `${after}\n`
    else if (after !== undefined) last += `${after}\n`
  }
  return first + linesWhere(lines, (line) => (replaced.has(line) ? replaced.get(line) : line)) + last
}

/** Each line as `change` has it, and without those of which it makes nothing. */
function linesWhere(lines: string, change: (line: string) => string | undefined): string {
  let left = ''
  for (const line of lines.slice(1, -1).split('\n')) {
    const changed = line === '' ? undefined : change(line)
    if (changed !== undefined) left += `${changed}\n`
  }
  return left
}

/**
 * The lines with one of them replaced, added or taken out. Deadlines stand first, so that a record without
 * any shows so at a glance.
 */
function replaceLine(
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

/** The lines with the annotations of others in the place of theirs. */
export function withAnnotationsOf(others: string, lines: string): string {
  const isAnnotation = (line: string): boolean => /^[aA]/.test(line)
  const kept = lines
    .slice(1, -1)
    .split('\n')
    .filter((line) => !isAnnotation(line))
  const taken = others.slice(1, -1).split('\n').filter(isAnnotation)
  return `\n${[...kept, ...taken].map((line) => line && `${line}\n`).join('')}`
}

/** Whether any key has a deadline. */
const hasDeadlines = (lines: string): boolean => lines.charCodeAt(1) === 107

/** The lines without the keys whose deadline has passed, and without those deadlines. */
export function withoutExpired(lines: string, now: number): string {
  if (!hasDeadlines(lines)) return lines
  const all = named(lines)
  const expired = new Set<string>()
  for (const { key, line } of all)
    if (key.startsWith('k') && Number(line.slice(key.length + 1)) < now) expired.add(key.slice(1))
  if (expired.size === 0) return lines
  const gone = new Set<string>()
  for (const { key, line } of all) if (/^[kd]/.test(key) && expired.has(key.slice(1))) gone.add(line)
  return `\n${linesWhere(lines, (line) => (gone.has(line) ? undefined : line))}`
}

/** Of the data the keys that are to be kept, and their deadlines; nothing else. */
export function keptLines(lines: string, keep: (name: string) => boolean): string {
  const kept = named(lines).filter(({ key }) => /^[kd]/.test(key) && keep(JSON.parse(key.slice(1)) as string))
  return ['', ...kept.map(({ line }) => line), ''].join('\n')
}

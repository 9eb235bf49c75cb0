import { fromText, textOf, toText } from './entry.ts'
import type { IndexEntry, IndexView, Listed } from './session-index.ts'

/*
 * The lines of an index. An index of ten thousand logins is searched at each request and changed at each login, so a line
 * is taken apart only when somebody needs what it says.
 *
 *   g 1764000000000 "logged out everywhere"      the generation, and why it was raised
 *   e KEY 1766592000000 "too many sessions"      a login that was ended; until when that has to be known
 *   s KEY ["ID",…]                               a login
 */

/** More logins that were ended are not remembered: nearly all of their records are gone for good. */
const MOST_ENDED = 1000

const FIRST = /^\ng (\d+) (.*)\n/

interface Ended {
  readonly until: number
  readonly reason: string
}

export class Roster implements IndexView {
  readonly #lines: string
  readonly expiresAt: number
  generation = 0
  reason = ''
  #ended: Map<string, Ended> | undefined
  /** The entries by their keys, as text. */
  #entries: Map<string, string> | undefined

  constructor(lines = '\n', expiresAt = 0) {
    this.#lines = lines
    this.expiresAt = expiresAt
    const [, generation, reason] = FIRST.exec(lines) ?? []
    if (generation === undefined) return
    this.generation = Number(generation)
    this.reason = textOf(reason!)
  }

  endedAs(key: string): string | undefined {
    const line = this.#line(`\ne ${key} `)
    return line === undefined ? undefined : textOf(line.slice(line.indexOf(' ') + 1))
  }

  find(key: string, id: string): Listed | undefined {
    const line = this.#line(`\ns ${key} `)
    const entry = line === undefined ? undefined : fromText(line)
    return entry ? { key, entry } : this.#findId(id)
  }

  get size(): number {
    return this.#all().size
  }

  get(key: string): IndexEntry | undefined {
    const text = this.#all().get(key)
    return text === undefined ? undefined : fromText(text)
  }

  /** Those that can be read, the one first that was looked after least recently. */
  *listed(): Generator<Listed> {
    for (const [key, text] of this.#all()) {
      const entry = fromText(text)
      if (entry) yield { key, entry }
    }
  }

  /** The keys in the same order. */
  keys(): IterableIterator<string> {
    return this.#all().keys()
  }

  put(key: string, entry: IndexEntry): void {
    const entries = this.#all()
    // To the end of the order.
    entries.delete(key)
    entries.set(key, toText(entry))
  }

  delete(key: string): void {
    this.#all().delete(key)
  }

  /** Takes a login out for good. */
  end(key: string, ended: Ended): void {
    this.delete(key)
    this.#ended!.set(key, ended)
  }

  /** It need not be known any more that the login was ended. */
  forget(key: string): void {
    this.delete(key)
    this.#ended!.delete(key)
  }

  clear(): void {
    this.#all().clear()
  }

  /** What is to be stored, without what nobody needs to know after `now`. */
  format(now: number): string {
    const entries = this.#all()
    const ended = [...this.#ended!].filter(([, { until }]) => until >= now).slice(-MOST_ENDED)
    return [
      '',
      `g ${this.generation} ${JSON.stringify(this.reason)}`,
      ...ended.map(([key, { until, reason }]) => `e ${key} ${until} ${JSON.stringify(reason)}`),
      ...Array.from(entries, ([key, text]) => `s ${key} ${text}`),
      '',
    ].join('\n')
  }

  /** An id is the first that a line says of a login. */
  #findId(id: string): Listed | undefined {
    const start = `[${JSON.stringify(id)},`
    if (!this.#lines.includes(` ${start}`)) return undefined
    for (const [key, text] of this.#all()) {
      const entry = text.startsWith(start) ? fromText(text) : undefined
      if (entry) return { key, entry }
    }
    return undefined
  }

  #line(start: string): string | undefined {
    const at = this.#lines.indexOf(start)
    return at === -1 ? undefined : this.#lines.slice(at + start.length, this.#lines.indexOf('\n', at + 1))
  }

  #all(): Map<string, string> {
    if (this.#entries) return this.#entries
    const entries = new Map<string, string>()
    this.#ended = new Map()
    for (const line of this.#lines.split('\n')) {
      const kind = line.slice(0, 2)
      if (kind !== 's ' && kind !== 'e ') continue
      const [key, rest] = cut(line.slice(2))
      if (kind === 's ') entries.set(key, rest)
      else {
        const [until, reason] = cut(rest)
        this.#ended.set(key, { until: Number(until), reason: textOf(reason) })
      }
    }
    return (this.#entries = entries)
  }
}

/** A text at its first blank. */
function cut(text: string): [string, string] {
  const at = text.indexOf(' ')
  return [text.slice(0, at), text.slice(at + 1)]
}

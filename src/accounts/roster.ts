import type { IndexEntry, IndexView, Listed } from './session-index.ts'

/*
 * The lines of an index. An index of ten thousand logins is searched at each request, so what a request needs is found
 * without taking all lines apart.
 *
 *   g 1764000000000 "logged out everywhere"      the generation, and why it was raised
 *   e KEY 1766592000000 "too many sessions"      a login that was ended; until when that has to be known
 *   s KEY ["ID",…]                               a login
 */

/** More logins that were ended are not remembered: nearly all of their records are gone for good. */
const MOST_ENDED = 1000

const FIRST = /^\ng (\d+) (.*)\n/

export class Roster implements IndexView {
  readonly #lines: string
  readonly expiresAt: number
  generation = 0
  reason = ''
  #ended: Map<string, { readonly until: number; readonly reason: string }> | undefined
  #entries: Map<string, IndexEntry> | undefined

  constructor(lines = '\n', expiresAt = 0) {
    this.#lines = lines
    this.expiresAt = expiresAt
    const [, generation, reason] = FIRST.exec(lines) ?? []
    if (generation === undefined) return
    this.generation = Number(generation)
    this.reason = text(reason!)
  }

  endedAs(key: string): string | undefined {
    const line = this.#line(`\ne ${key} `)
    return line === undefined ? undefined : text(line.slice(line.indexOf(' ') + 1))
  }

  find(key: string, id: string): Listed | undefined {
    const line = this.#line(`\ns ${key} `)
    const entry = line === undefined ? undefined : toEntry(parse(line))
    if (entry) return { key, entry }
    return this.#lines.includes(` [${JSON.stringify(id)},`)
      ? [...this.entries]
          .map(([other, one]) => ({ key: other, entry: one }))
          .find((one) => one.entry.id === id)
      : undefined
  }

  /** Logins that were ended, by their keys. */
  get ended(): Map<string, { readonly until: number; readonly reason: string }> {
    this.#read()
    return this.#ended!
  }

  get entries(): Map<string, IndexEntry> {
    this.#read()
    return this.#entries!
  }

  /** What is to be stored, without what nobody needs to know after `now`. */
  format(now: number): string {
    const ended = [...this.ended].filter(([, { until }]) => until >= now).slice(-MOST_ENDED)
    const entries = [...this.entries].filter(([, { until }]) => until >= now)
    return [
      '',
      `g ${this.generation} ${JSON.stringify(this.reason)}`,
      ...ended.map(([key, { until, reason }]) => `e ${key} ${until} ${JSON.stringify(reason)}`),
      ...entries.map(([key, entry]) => `s ${key} ${JSON.stringify(fromEntry(entry))}`),
      '',
    ].join('\n')
  }

  #line(start: string): string | undefined {
    const at = this.#lines.indexOf(start)
    return at === -1 ? undefined : this.#lines.slice(at + start.length, this.#lines.indexOf('\n', at + 1))
  }

  #read(): void {
    if (this.#entries) return
    this.#entries = new Map()
    this.#ended = new Map()
    for (const line of this.#lines.split('\n')) {
      const [kind, key = '', rest = ''] = cut(line)
      if (kind === 'e') {
        const [until = '', reason = ''] = cut(rest)
        this.#ended.set(key, { until: Number(until), reason: text(reason) })
      } else if (kind === 's') {
        const entry = toEntry(parse(rest))
        if (entry) this.#entries.set(key, entry)
      }
    }
  }
}

/** A line at its first two blanks, the rest of a line at its first. */
function cut(text: string): string[] {
  const first = text.indexOf(' ')
  if (first !== 1) return [text.slice(0, first), text.slice(first + 1)]
  const second = text.indexOf(' ', 2)
  return [text.slice(0, 1), text.slice(2, second), text.slice(second + 1)]
}

/** A line that was damaged says nothing. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function text(line: string): string {
  const parsed = parse(line)
  return typeof parsed === 'string' ? parsed : ''
}

type Fields = readonly [
  id: string,
  createdAt: number,
  authenticatedAt: number,
  usedAt: number,
  addedAt: number,
  until: number,
  idleTimeout: number,
  userAgent: string,
  network: string,
  label?: string,
]

function fromEntry(entry: IndexEntry): Fields {
  const { id, createdAt, authenticatedAt, usedAt, addedAt, until, idleTimeout, device } = entry
  const { userAgent, network, label } = device
  const times = [createdAt, authenticatedAt, usedAt, addedAt, until, idleTimeout || 0] as const
  return label === undefined ? [id, ...times, userAgent, network] : [id, ...times, userAgent, network, label]
}

function toEntry(value: unknown): IndexEntry | undefined {
  if (!Array.isArray(value) || value.length < 9 || typeof value[0] !== 'string') return undefined
  const [id, createdAt, authenticatedAt, usedAt, addedAt, until, idleTimeout, userAgent, network, label] =
    value as unknown as Fields
  const device = { userAgent, network, label }
  return {
    id,
    createdAt,
    authenticatedAt,
    usedAt,
    addedAt,
    until,
    idleTimeout: idleTimeout || false,
    device,
  }
}

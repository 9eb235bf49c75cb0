import { CorruptRecordError } from './errors.ts'
import type { Stored } from './stores/store.ts'

/** The furthest deadline a record can have, for sessions without one: the year 9999. */
export const NEVER = 253_402_300_799_999

/** Times and lifetimes of a session. Instants in milliseconds since the epoch, lifetimes in milliseconds. */
export interface Meta {
  readonly createdAt: number
  /** The last save of data. */
  readonly updatedAt: number
  /** The session's own lifetimes; absent where the session follows the options. */
  readonly idleTimeout?: number | false | undefined
  readonly absoluteTimeout?: number | false | undefined
  /** When the session's own `absoluteTimeout` is over; set together with it. */
  readonly endsAt?: number | undefined
  /** Whether the cookie outlives the browser; absent where the state decides. */
  readonly persistent?: boolean | undefined
}

/** What a store keeps under an id, taken apart as far as judging it needs. */
export interface SessionRecord {
  readonly id: string
  readonly version: string
  readonly expiresAt: number
  readonly meta: Meta
  /** The lines after the first, from the line break that ends the first: see `draft/lines.ts`. */
  readonly lines: string
}

/** What stands, for a minute, where a session was ended or moved to a new id. */
export interface Tombstone {
  readonly endedAt: number
  readonly endReason?: string | undefined
  /** The session went on under a new id. */
  readonly moved: boolean
}

/** The lines of a session without any data. */
export const NO_LINES = '\n'

/*
 * The first line: the version of this form and the kind in two characters, the length of everything after
 * the line, then the metadata. A text that was cut off anywhere does not have that length.
 *
 *   1s 31 1764000000000 1764000060000 i1200000 a10800000@1764010800000 p1
 *   1t 9 1764000000000 e
 *   1i 120
 */

/** The stored text of a session. */
export function formatRecord(meta: Meta, lines: string): string {
  const { idleTimeout, absoluteTimeout, endsAt, persistent } = meta
  let head = `1s ${lines.length} ${meta.createdAt} ${meta.updatedAt}`
  if (idleTimeout !== undefined) head += ` i${idleTimeout || 0}`
  if (absoluteTimeout !== undefined) head += ` a${absoluteTimeout || 0}@${endsAt ?? NEVER}`
  if (persistent !== undefined) head += persistent ? ' p1' : ' p0'
  return head + lines
}

/** The stored text of a tombstone. */
export function formatTombstone({ endedAt, endReason, moved }: Tombstone): string {
  const rest = endReason === undefined ? NO_LINES : `\n${JSON.stringify(endReason)}\n`
  return `1t ${rest.length} ${endedAt} ${moved ? 'm' : 'e'}${rest}`
}

/** The stored text of an index, which never loads as a session: lines in the form of whoever keeps it. */
export function formatIndex(lines: string): string {
  return `1i ${lines.length}${lines}`
}

const INDEX = /^1i (\d+)(\n(?:[^]*\n)?)$/

/** The lines of an index; `undefined` when the text is not a whole one. */
export function parseIndex(data: string): string | undefined {
  // Every session that is read is asked.
  if (!data.startsWith('1i ')) return undefined
  const [, length, lines] = INDEX.exec(data) ?? []
  return lines?.length === Number(length) ? lines : undefined
}

/** A text in quotes, as JSON has it. */
export const JSON_STRING: string = String.raw`"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"`
const TOMBSTONE = new RegExp(String.raw`^1t (\d+) (-?\d+(?:\.\d+)?) ([em])(\n(?:(${JSON_STRING})\n)?)$`)

/** @throws CorruptRecordError when the text is not one of `formatRecord` or `formatTombstone`. */
export function parseRecord(id: string, { data, version, expiresAt }: Stored): SessionRecord | Tombstone {
  const text = typeof data === 'string' ? data : ''
  const head = new Head(text)
  const length = head.number('1s ')
  const meta = metaIn(head)
  const lines = head.rest
  if (lines.length === length && lines.startsWith('\n') && lines.endsWith('\n'))
    return { id, version, expiresAt, meta, lines }
  const [, size, endedAt, kind, rest, reason] = TOMBSTONE.exec(text) ?? []
  if (rest === undefined || rest.length !== Number(size))
    throw new CorruptRecordError(`The record of session ${id} was not written by this package.`)
  const endReason = reason === undefined ? undefined : (JSON.parse(reason) as string)
  return { endedAt: Number(endedAt), endReason, moved: kind === 'm' }
}

export function isTombstone(record: SessionRecord | Tombstone): record is Tombstone {
  return 'endedAt' in record
}

function metaIn(head: Head): Meta {
  const meta: { -readonly [Name in keyof Meta]: Meta[Name] } = {
    createdAt: head.number(' '),
    updatedAt: head.number(' '),
  }
  if (head.takes(' i')) meta.idleTimeout = head.number('') || false
  if (head.takes(' a')) {
    meta.absoluteTimeout = head.number('') || false
    meta.endsAt = head.number('@')
  }
  if (head.takes(' p1')) meta.persistent = true
  else if (head.takes(' p0')) meta.persistent = false
  return meta
}

/** Instants may be negative, lifetimes not. */
const NUMBER = /(?:(?<=[ @])-)?\d+(?:\.\d+)?/y
/** More digits than a number can surely hold. */
const MANY_DIGITS = 16

/**
 * Reads a first line from left to right, by hand: it is read at every request, and a regular expression takes twice
 * as long. Where something is missing nothing is left, and that is no record.
 */
class Head {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  get rest(): string {
    return this.#text.slice(this.#at)
  }

  takes(text: string): boolean {
    const there = this.#text.startsWith(text, this.#at)
    if (there) this.#at += text.length
    return there
  }

  /** The number that follows `before`. */
  number(before: string): number {
    const text = this.#text
    const from = this.takes(before) ? this.#at : Infinity
    let at = from
    let value = 0
    let code = text.charCodeAt(at)
    for (; code >= ZERO && code <= NINE; code = text.charCodeAt((at += 1))) value = value * 10 + code - ZERO
    this.#at = at
    if (code !== DOT && at > from && at < from + MANY_DIGITS) return value
    NUMBER.lastIndex = from
    const [digits] = NUMBER.exec(text) ?? []
    this.#at = digits === undefined ? Infinity : from + digits.length
    return Number(digits)
  }
}

const [ZERO, NINE, DOT] = [48, 57, 46]

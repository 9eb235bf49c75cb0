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

const INDEX = /^1i (\d+)\n/

/** The lines of an index; `undefined` when the text is not a whole one. */
export function parseIndex(data: string): string | undefined {
  // Every session that is read is asked.
  if (!data.startsWith('1i ')) return undefined
  const [head = '', length] = INDEX.exec(data) ?? []
  const lines = data.slice(head.length - 1)
  return length !== undefined && Number(length) === lines.length && lines.endsWith('\n') ? lines : undefined
}

const NUMBER = String.raw`\d+(?:\.\d+)?`
/** A text in quotes, as JSON has it. */
export const JSON_STRING: string = String.raw`"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"`
const SESSION = new RegExp(
  String.raw`^1s (\d+) (-?${NUMBER}) (-?${NUMBER})(?: i(${NUMBER}))?(?: a(${NUMBER})@(-?${NUMBER}))?(?: p([01]))?(?=\n)`,
)
const TOMBSTONE = new RegExp(String.raw`^1t (\d+) (-?${NUMBER}) ([em])(\n(?:(${JSON_STRING})\n)?)$`)

/** @throws CorruptRecordError when the text is not one of `formatRecord` or `formatTombstone`. */
export function parseRecord(id: string, { data, version, expiresAt }: Stored): SessionRecord | Tombstone {
  const text = typeof data === 'string' ? data : ''
  const head = SESSION.exec(text)
  if (head) {
    const lines = text.slice(head[0].length)
    if (lines.length === Number(head[1]) && lines.endsWith('\n'))
      return { id, version, expiresAt, meta: metaIn(head), lines }
  }
  const [, length, endedAt, kind, rest, reason] = TOMBSTONE.exec(text) ?? []
  if (rest === undefined || rest.length !== Number(length))
    throw new CorruptRecordError(`The record of session ${id} was not written by this package.`)
  const endReason = reason === undefined ? undefined : (JSON.parse(reason) as string)
  return { endedAt: Number(endedAt), endReason, moved: kind === 'm' }
}

export function isTombstone(record: SessionRecord | Tombstone): record is Tombstone {
  return 'endedAt' in record
}

function metaIn([, , createdAt, updatedAt, idle, absolute, endsAt, persistent]: RegExpExecArray): Meta {
  const meta: { -readonly [Name in keyof Meta]: Meta[Name] } = {
    createdAt: Number(createdAt),
    updatedAt: Number(updatedAt),
  }
  if (idle !== undefined) meta.idleTimeout = Number(idle) || false
  if (absolute !== undefined) {
    meta.absoluteTimeout = Number(absolute) || false
    meta.endsAt = Number(endsAt)
  }
  if (persistent !== undefined) meta.persistent = persistent === '1'
  return meta
}

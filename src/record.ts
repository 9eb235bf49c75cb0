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
const NUMBER = String.raw`(-?\d+(?:\.\d+)?)`
const LENGTH = String.raw`(\d+(?:\.\d+)?)`
const SESSION = new RegExp(
  `^1s \\d+ ${NUMBER} ${NUMBER}(?: i${LENGTH})?(?: a${LENGTH}@${NUMBER})?(?: p([01]))?$`,
)
const TOMBSTONE = new RegExp(`^1t \\d+ ${NUMBER} ([me])$`)

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
  const [head = '', length] = INDEX.exec(data) ?? []
  const lines = data.slice(head.length - 1)
  return length !== undefined && Number(length) === lines.length && lines.endsWith('\n') ? lines : undefined
}

/** @throws CorruptRecordError when the text is not one of `formatRecord` or `formatTombstone`. */
export function parseRecord(id: string, stored: Stored): SessionRecord | Tombstone {
  const { version, expiresAt } = stored
  const data = typeof stored.data === 'string' ? stored.data : ''
  const end = data.indexOf('\n')
  const head = data.slice(0, end)
  const lines = data.slice(end)
  if (Number(head.split(' ', 2)[1]) === lines.length && lines.endsWith('\n')) {
    const meta = parseMeta(head)
    if (meta) return { id, version, expiresAt, meta, lines }
    const tombstone = parseTombstone(head, lines)
    if (tombstone) return tombstone
  }
  throw new CorruptRecordError(`The record of session ${id} is not one this package wrote.`)
}

export function isTombstone(record: SessionRecord | Tombstone): record is Tombstone {
  return 'endedAt' in record
}

function parseMeta(head: string): Meta | undefined {
  const [, created, updated, idle, absolute, ends, persistent] = SESSION.exec(head) ?? []
  if (created === undefined) return undefined
  return {
    createdAt: Number(created),
    updatedAt: Number(updated),
    ...(idle !== undefined && { idleTimeout: Number(idle) || false }),
    ...(absolute !== undefined && { absoluteTimeout: Number(absolute) || false, endsAt: Number(ends) }),
    ...(persistent !== undefined && { persistent: persistent === '1' }),
  }
}

function parseTombstone(head: string, lines: string): Tombstone | undefined {
  const [, time, how] = TOMBSTONE.exec(head) ?? []
  if (time === undefined) return undefined
  try {
    const endReason = lines === NO_LINES ? undefined : (JSON.parse(lines) as unknown)
    if (endReason !== undefined && typeof endReason !== 'string') return undefined
    return { endedAt: Number(time), endReason, moved: how === 'm' }
  } catch {
    return undefined
  }
}

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
 */
const SESSION = '1s'
const TOMBSTONE = '1t'

/** The stored text of a session. */
export function formatRecord(meta: Meta, lines: string): string {
  const { idleTimeout, absoluteTimeout, endsAt, persistent } = meta
  let head = `${SESSION} ${lines.length} ${meta.createdAt} ${meta.updatedAt}`
  if (idleTimeout !== undefined) head += ` i${idleTimeout || 0}`
  if (absoluteTimeout !== undefined) head += ` a${absoluteTimeout || 0}@${endsAt ?? NEVER}`
  if (persistent !== undefined) head += persistent ? ' p1' : ' p0'
  return head + lines
}

/** The stored text of a tombstone. */
export function formatTombstone({ endedAt, endReason, moved }: Tombstone): string {
  const rest = endReason === undefined ? NO_LINES : `\n${JSON.stringify(endReason)}\n`
  return `${TOMBSTONE} ${rest.length} ${endedAt} ${moved ? 'm' : 'e'}${rest}`
}

/** @throws CorruptRecordError when the text is not one of `formatRecord` or `formatTombstone`. */
export function parseRecord(id: string, stored: Stored): SessionRecord | Tombstone {
  const { data, version, expiresAt } = stored
  if (typeof data !== 'string') throw corrupt(id)
  const end = data.indexOf('\n')
  const [form, length, ...fields] = data.slice(0, end).split(' ')
  const lines = data.slice(end)
  if (end < 0 || Number(length) !== lines.length || !lines.endsWith('\n')) throw corrupt(id)
  if (form === SESSION) {
    const meta = parseMeta(fields)
    if (meta) return { id, version, expiresAt, meta, lines }
  } else if (form === TOMBSTONE) {
    const tombstone = parseTombstone(fields, lines)
    if (tombstone) return tombstone
  }
  throw corrupt(id)
}

export function isTombstone(record: SessionRecord | Tombstone): record is Tombstone {
  return 'endedAt' in record
}

function parseMeta(fields: readonly string[]): Meta | undefined {
  const createdAt = numberIn(fields[0])
  const updatedAt = numberIn(fields[1])
  if (createdAt === undefined || updatedAt === undefined) return undefined
  const meta = { createdAt, updatedAt }
  return fields.length === 2 ? meta : parseOwn(meta, fields.slice(2))
}

/** What a session has of its own, which few have. */
function parseOwn(meta: Meta, fields: readonly string[]): Meta | undefined {
  const own: { -readonly [Name in keyof Meta]: Meta[Name] } = { ...meta }
  for (const field of fields) {
    const [value, until] = field.slice(1).split('@').map(numberIn)
    if (value === undefined || value < 0) return undefined
    if (field.startsWith('i')) own.idleTimeout = value || false
    else if (field === 'p0' || field === 'p1') own.persistent = value === 1
    else if (field.startsWith('a') && until !== undefined)
      Object.assign(own, { absoluteTimeout: value || false, endsAt: until })
    else return undefined
  }
  return own
}

function parseTombstone([time, how]: readonly string[], lines: string): Tombstone | undefined {
  const endedAt = numberIn(time)
  if (endedAt === undefined || (how !== 'm' && how !== 'e')) return undefined
  try {
    const endReason = lines === NO_LINES ? undefined : (JSON.parse(lines) as unknown)
    if (endReason !== undefined && typeof endReason !== 'string') return undefined
    return { endedAt, endReason, moved: how === 'm' }
  } catch {
    return undefined
  }
}

function numberIn(text: string | undefined): number | undefined {
  const number = text === undefined || text === '' ? Number.NaN : Number(text)
  return Number.isFinite(number) ? number : undefined
}

function corrupt(id: string): CorruptRecordError {
  return new CorruptRecordError(`The record of session ${id} is not one this package wrote.`)
}

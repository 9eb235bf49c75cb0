import { CorruptRecordError } from './errors.ts'
import type { Stored } from './stores/store.ts'

/** The furthest deadline a record can have, for sessions without one: the year 9999. */
export const NEVER = 253_402_300_799_999

/** What a record says of its session beside the user's data. Times in milliseconds since the epoch. */
export interface Meta {
  createdAt: number
  /** The last save of data. */
  updatedAt: number
  /** The session's own lifetimes; absent where it follows the options. */
  idleTimeout?: number | false
  absoluteTimeout?: number | false
  boundAddress?: string
  boundUserAgent?: string
  /** When single keys disappear. */
  keyDeadlines?: Record<string, number>
  /** A random mark for each flash message, so that an equal message set anew counts as another one. */
  flashMarks?: Record<string, number>
}

/** What stands, for a minute, where a session was ended or moved to a new id. */
export interface Tombstone {
  readonly endedAt: number
  readonly endReason?: string
  /** The session went on under a new id. */
  readonly moved: boolean
}

/** What a store keeps under an id, taken apart as far as judging it needs. */
export interface SessionRecord {
  readonly id: string
  readonly version: string
  readonly expiresAt: number
  readonly meta: Meta
  /** The serializer's text of `{ data, flash }`. */
  readonly body: string
}

/**
 * The stored form: one line of metadata, then the serializer's text, so that a deadline is judged
 * without parsing what the user stored.
 */
export function formatRecord(meta: Meta, body: string): string {
  const plain = meta.keyDeadlines === undefined && meta.flashMarks === undefined
  return `${JSON.stringify(plain ? meta : withoutEmpty(meta))}\n${body}`
}

function withoutEmpty({ keyDeadlines, flashMarks, ...rest }: Meta): object {
  return { ...rest, keyDeadlines: filled(keyDeadlines), flashMarks: filled(flashMarks) }
}

function filled(values: Record<string, number> | undefined): Record<string, number> | undefined {
  return values && Object.keys(values).length > 0 ? values : undefined
}

export function formatTombstone(tombstone: Tombstone): string {
  return `${JSON.stringify(tombstone)}\n`
}

/** @throws CorruptRecordError when the text is not one of `formatRecord` or `formatTombstone`. */
export function parseRecord(id: string, stored: Stored): SessionRecord | Tombstone {
  if (typeof stored.data !== 'string') throw corrupt(id)
  const end = stored.data.indexOf('\n')
  const head = parseHead(id, end < 0 ? stored.data : stored.data.slice(0, end))
  if (isTombstone(head)) return head
  if (end < 0 || !isMeta(head)) throw corrupt(id)
  return {
    id,
    version: stored.version,
    expiresAt: stored.expiresAt,
    meta: head,
    body: stored.data.slice(end + 1),
  }
}

export function isTombstone(head: object): head is Tombstone {
  return 'endedAt' in head
}

function isMeta(head: Meta): boolean {
  return (
    Number.isFinite(head.createdAt) &&
    Number.isFinite(head.updatedAt) &&
    isLifetime(head.idleTimeout) &&
    isLifetime(head.absoluteTimeout) &&
    isText(head.boundAddress) &&
    isText(head.boundUserAgent) &&
    isTable(head.keyDeadlines) &&
    isTable(head.flashMarks)
  )
}

const isLifetime = (value: unknown): boolean =>
  value === undefined || value === false || (Number.isFinite(value) && (value as number) > 0)
const isText = (value: unknown): boolean => value === undefined || typeof value === 'string'
const isTable = (value: unknown): boolean =>
  value === undefined || (typeof value === 'object' && value !== null && !Array.isArray(value))

function parseHead(id: string, line: string): Meta | Tombstone {
  let head: unknown
  try {
    head = JSON.parse(line)
  } catch (error) {
    throw corrupt(id, error)
  }
  if (typeof head !== 'object' || head === null) throw corrupt(id)
  return head as Meta | Tombstone
}

function corrupt(id: string, cause?: unknown): CorruptRecordError {
  return new CorruptRecordError(`The record of session ${id} is not one this package wrote.`, { cause })
}

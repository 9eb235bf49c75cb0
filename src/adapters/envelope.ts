import { createHash } from 'node:crypto'
import { decodeRecord, encodeRecord, type RecordContent } from '../draft/codec.ts'
import type { Meta } from '../record.ts'

export type Values = Readonly<Record<string, unknown>>

/** The key of what the library that reads along has no use for; it carries it along like any other. */
export const ENVELOPE = 'koa-session-pipeline'

/** What stands under that key. */
export interface Envelope extends Omit<Partial<RecordContent>, 'meta'> {
  /** Drawn by each write; a library that reads along does not know that. */
  readonly nonce: string
  readonly expiresAt: number
  readonly meta?: Meta
  /** The record as text, where it cannot be taken apart into JSON. */
  readonly text?: string
}

/** What a record becomes: keys for everybody, and the rest. */
export interface Packed {
  readonly fields: Values
  readonly rest: Omit<Envelope, 'nonce' | 'expiresAt'>
}

/** Takes the text of a record apart. `hidden`: keys that would be lost or misunderstood among the others. */
export function pack(text: string, hidden: (name: string) => boolean): Packed {
  const content = taken(text)
  if (!content) return { fields: {}, rest: { text } }
  const { data, ...others } = content
  const names = Object.keys(data)
  const pick = (these: string[]): Values => Object.fromEntries(these.map((name) => [name, data[name]]))
  return {
    fields: pick(names.filter((name) => !hidden(name))),
    rest: { ...filled(others), ...filled({ data: pick(names.filter(hidden)) }) },
  }
}

/** The text of a record that was packed, with what others have changed in its keys. */
export function unpack(fields: Values, rest: Packed['rest'], meta: Meta): string {
  if (rest.text !== undefined) return rest.text
  return encodeRecord({
    meta: rest.meta ?? meta,
    data: { ...fields, ...rest.data },
    flash: rest.flash ?? {},
    annotations: rest.annotations ?? {},
    deadlines: rest.deadlines ?? {},
    marks: rest.marks ?? {},
  })
}

/** The same for the same keys and values, in whatever order a store returns them. */
export function digest(fields: Values): string {
  const text = JSON.stringify(fields, (_, value: unknown) => (isObject(value) ? sorted(value) : value))
  return createHash('sha256').update(text).digest('base64url').slice(0, 22)
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const sorted = (value: Values): Values =>
  Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)))

/** The content, if it is all there is to the text: another serializer may have written something else. */
function taken(text: string): RecordContent | undefined {
  try {
    const content = decodeRecord(text)
    return lines(encodeRecord(content)) === lines(text) ? content : undefined
  } catch {
    return undefined
  }
}

const lines = (text: string): string => text.split('\n').toSorted().join('\n')

/** Without the parts that hold nothing. */
const filled = (parts: Values): Values =>
  Object.fromEntries(Object.entries(parts).filter(([, part]) => Object.keys(part as object).length > 0))

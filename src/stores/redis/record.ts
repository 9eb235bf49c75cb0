import { toUSVString } from 'node:util'
import { CorruptRecordError } from '../../errors.ts'
import { generateToken } from '../../token.ts'
import { RETENTION, type Condition, type Stored } from '../store.ts'

/*
 * The string under a key: a line of 46 characters, then the data. So a record is read by one GET, and the scripts find
 * version and deadline where they always are.
 *
 *   ksp1 <version, 22> <deadline, 15 digits> t
 *   ksp1 Yk3vQm0r1yJ2m4C0c8b9Tw 001764000000000 t
 */
const MARK = 'ksp1 '
const HEAD = /^ksp1 ([\w-]{22}) (\d{15}) ([tj])\n/
const HEAD_LENGTH = 46
const VERSION = /^[\w-]{22}$/
const DIGITS = 15
const LATEST = 10 ** DIGITS - 1
/** The data as they are, or, as UTF-8 cannot write lone surrogates, as a JSON string. */
const TEXT = 't'
const QUOTED = 'j'

/** 132 random bits: no two writes ever have the same, so whoever reads it knows whose write it was. */
export function drawVersion(): string {
  return generateToken().slice(0, 22)
}

export function formatRecord({ data, version, expiresAt }: Stored): string {
  const plain = Buffer.byteLength(data) === data.length || toUSVString(data) === data
  return `${beginning(version)}${formatDeadline(expiresAt)} ${plain ? `${TEXT}\n${data}` : `${QUOTED}\n${JSON.stringify(data)}`}`
}

/** @throws CorruptRecordError for what another program wrote */
export function parseRecord(text: unknown): Stored {
  const [, version, deadline, form] = (typeof text === 'string' && HEAD.exec(text)) || []
  if (typeof text !== 'string' || version === undefined) throw foreign()
  const data = text.slice(HEAD_LENGTH)
  return { data: form === QUOTED ? unquote(data) : data, version, expiresAt: Number(deadline) }
}

export function foreign(cause?: Error): CorruptRecordError {
  return new CorruptRecordError('Under the prefix of RedisStore stands a value that it did not write.', {
    cause,
  })
}

/** How a value must begin for the condition to hold; empty: there must be none. */
export function required(when: Condition): string {
  if (when === 'absent') return ''
  return when === 'present' ? MARK : beginning(when.version)
}

/** How the record of this version begins. No record begins as a version that is none of ours asks for. */
export function beginning(version: string): string {
  return `${MARK}${VERSION.test(version) ? version : '!'} `
}

/** Whole milliseconds, never earlier than asked. */
export function formatDeadline(expiresAt: number): string {
  return String(Math.min(LATEST, Math.max(0, Math.ceil(expiresAt)))).padStart(DIGITS, '0')
}

/** When the server may forget the record. */
export function forgetAt(expiresAt: number): string {
  return String(Math.max(1, Math.ceil(expiresAt) + RETENTION))
}

function unquote(data: string): string {
  try {
    return JSON.parse(data) as string
  } catch (error) {
    throw foreign(error as Error)
  }
}

import { randomBytes } from 'node:crypto'

/** 72 random bits. */
const KEY_BYTES = 9

/** What a session says of its login, in an annotation. */
export interface Stamp {
  /** Names the login. Outlives changes of the session's id. */
  readonly key: string
  /** The hash of the subject. */
  readonly of: string
  /** When the subject appeared, in milliseconds since the epoch. */
  readonly at: number
  /** The generation of the index then; absent while the index has not answered. */
  readonly generation?: number
}

export function newKey(): string {
  return randomBytes(KEY_BYTES).toString('base64url')
}

/** What stands in the annotation, when it is a stamp. */
export function readStamp(value: unknown): Stamp | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { key, of, at, generation } = value as Readonly<Record<string, unknown>>
  if (typeof key !== 'string' || typeof of !== 'string' || typeof at !== 'number') return undefined
  return typeof generation === 'number' ? { key, of, at, generation } : { key, of, at }
}

import { randomBytes } from 'node:crypto'
import { CorruptRecordError } from '../../errors.ts'
import { kindOf } from '../../checks/messages.ts'
import type { Stored } from '../store.ts'

/*
 * What stands in the cache: one text, since a cache may hand out the very object it was given, or lose the
 * types inside.
 *
 *   1r <version> <expiresAt>\n<data>
 *   1q <version> <expiresAt>\n<data as a JSON string>    for lone surrogates, which UTF-8 cannot carry
 *   1d <version>                                          deleted; gone from the cache soon
 */
const FORM = /^1([rq]) ([\w-]{16}) (\S+)\n/

export const newVersion = (): string => randomBytes(12).toString('base64url')

const LONE_SURROGATE = /\p{Surrogate}/u

export function formatEntry({ data, version, expiresAt }: Stored): string {
  return LONE_SURROGATE.test(data)
    ? `1q ${version} ${expiresAt}\n${JSON.stringify(data)}`
    : `1r ${version} ${expiresAt}\n${data}`
}

export const formatDeleted = (): string => `1d ${newVersion()}`

/**
 * The record; `undefined` for none, also for one that was deleted.
 *
 * @throws CorruptRecordError for what this store did not write, with what it looks like.
 */
export function parseEntry(entry: unknown): Stored | undefined {
  if (isNothing(entry)) return undefined
  if (typeof entry !== 'string') throw corrupt(`a value of type ${kindOf(entry)}`)
  if (entry.startsWith('1d ')) return undefined
  const [head, form, version, deadline] = FORM.exec(entry) ?? []
  const expiresAt = Number(deadline)
  if (head === undefined || !Number.isFinite(expiresAt)) throw corrupt('a text of another program')
  const text = entry.slice(head.length)
  return { data: form === 'q' ? unquote(text) : text, version: version!, expiresAt }
}

/** Caches say so in two ways. */
export const isNothing = (entry: unknown): entry is null | undefined => entry === undefined || entry === null

function unquote(text: string): string {
  try {
    return JSON.parse(text) as string
  } catch {
    throw corrupt('half a record')
  }
}

function corrupt(what: string): CorruptRecordError {
  return new CorruptRecordError(`Expected a record of CacheStore in the cache, found ${what}.`)
}

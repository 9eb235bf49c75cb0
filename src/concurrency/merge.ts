import type { Meta } from '../record.ts'
import { type Content, type Serializer, stringifyValue } from '../session/content.ts'

/** What one version of a session says. */
export interface Version {
  readonly meta: Meta
  readonly content: Content
}

/**
 * Decides what a top-level key holds after two requests have changed it. Gets the value both
 * started from, this request's and the stored one. `undefined` removes the key.
 */
export type Resolver = (base: unknown, mine: unknown, theirs: unknown) => unknown

export interface Merged extends Version {
  /** Top-level keys that both had changed, to different values. */
  readonly conflicts: readonly string[]
}

/**
 * Three-way merge of the top-level keys: mine where only I changed, theirs where only they did. Both
 * changed: a delete wins, then the key's resolver, then mine.
 */
export function merge(
  serializer: Serializer,
  base: Version,
  mine: Version,
  theirs: Version,
  resolvers: Readonly<Record<string, Resolver>> = {},
): Merged {
  const conflicts: string[] = []
  const sameText = (left: unknown, right: unknown): boolean =>
    stringifyValue(serializer, left) === stringifyValue(serializer, right)

  const data = mergeKeys(
    base.content.data,
    mine.content.data,
    theirs.content.data,
    sameText,
    (key, ...values) => {
      conflicts.push(key)
      const [, my, their] = values
      if (my === undefined || their === undefined) return undefined
      const resolve = own(resolvers, key)
      return resolve ? resolve(...values) : my
    },
  )

  // A mark tells a message that was set anew, so what they added is not swept away by me.
  const messages = mergeKeys(
    messagesOf(base),
    messagesOf(mine),
    messagesOf(theirs),
    (left, right) => left?.mark === right?.mark && sameText(left?.value, right?.value),
    (_key, _base, my, their) => my ?? their,
  )
  const flash = mapValues(messages, ({ value }) => value)
  const marks = mapValues(messages, ({ mark }) => mark)

  return {
    meta: { ...mergeMeta(base.meta, mine.meta, theirs.meta), flashMarks: marks },
    content: { data, flash },
    conflicts,
  }
}

interface Message {
  readonly value: unknown
  readonly mark: number
}

function messagesOf({ meta, content }: Version): Record<string, Message> {
  return mapValues(content.flash, (value, key) => ({ value, mark: meta.flashMarks?.[key] ?? 0 }))
}

/** Lifetimes and bindings merge like keys, and of two key deadlines the earlier wins. */
function mergeMeta(base: Meta, mine: Meta, theirs: Meta): Meta {
  const { keyDeadlines: before = {}, ...baseRest } = base
  const { keyDeadlines: my = {}, ...myRest } = mine
  const { keyDeadlines: their = {}, ...theirRest } = theirs
  return {
    ...(mergeKeys<unknown>(
      { ...baseRest },
      { ...myRest },
      { ...theirRest },
      Object.is,
      (_key, _base, my) => my,
    ) as unknown as Meta),
    createdAt: theirs.createdAt,
    updatedAt: Math.max(mine.updatedAt, theirs.updatedAt),
    keyDeadlines: mergeKeys<number>(before, my, their, Object.is, (_key, _base, left, right) =>
      left === undefined || right === undefined ? (left ?? right) : Math.min(left, right),
    ),
  }
}

function mergeKeys<T>(
  base: Readonly<Record<string, T>>,
  mine: Readonly<Record<string, T>>,
  theirs: Readonly<Record<string, T>>,
  same: (left: T | undefined, right: T | undefined) => boolean,
  settle: (key: string, base: T | undefined, mine: T | undefined, theirs: T | undefined) => T | undefined,
): Record<string, T> {
  const merged: Record<string, T> = {}
  for (const key of new Set([...Object.keys(theirs), ...Object.keys(mine)])) {
    const before = own(base, key)
    const my = own(mine, key)
    const their = own(theirs, key)
    let value: T | undefined
    if (same(before, my) || same(my, their)) value = their
    else if (same(before, their)) value = my
    else value = settle(key, before, my, their)
    if (value !== undefined) merged[key] = value
  }
  return merged
}

function own<T>(values: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(values, key) ? values[key] : undefined
}

function mapValues<T, U>(
  values: Readonly<Record<string, T>>,
  map: (value: T, key: string) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value, key)]))
}

import type { Meta } from '../record.ts'
import { type Change, Lines, replaceLines, textIn } from './lines.ts'
import { readLine, type Serializer, writeLine } from './serializer.ts'

/** What one request wants changed; `tick` tells what came later. */
export interface Changes {
  readonly lines: readonly Change[]
  readonly lifetimes: OwnLifetimes | undefined
  readonly tick: number
  /** The lines that they are changes of. */
  readonly of: Lines
}

export function hasChanges({ lines, lifetimes }: Changes): boolean {
  return lines.length > 0 || lifetimes !== undefined
}

/**
 * Decides what a top-level key holds after two requests have changed it. Gets the value both
 * started from, this request's and the stored one. `undefined` removes the key.
 */
export type Resolver = (base: unknown, mine: unknown, theirs: unknown) => unknown

export type Resolvers = Readonly<Record<string, Resolver>>

export interface Merged {
  readonly lines: string
  /** Top-level keys of the data that both had changed, to different values. */
  readonly conflicts: readonly string[]
}

/**
 * Lays the changes of one request over the newest lines: theirs where only they changed, mine where only I
 * did. Lines are compared as text; nothing is parsed, save for a resolver.
 */
export function merge(
  serializer: Serializer,
  newest: string,
  changes: readonly Change[],
  resolvers: Resolvers = {},
): Merged {
  const conflicts: string[] = []
  const lines = new Lines(newest)
  const settled = changes.map((change) => {
    const { kind, name, before, after } = change
    const theirs = lines.find(kind, name)
    if (theirs === before || theirs === after) return { ...change, before: theirs }
    if (kind === 'd') conflicts.push(name)
    return { ...change, before: theirs, after: settle(serializer, change, theirs, resolvers) }
  })
  return { lines: replaceLines(newest, settled), conflicts }
}

/** Both have changed the line. */
function settle(
  serializer: Serializer,
  { kind, name, before, after }: Change,
  theirs: string | undefined,
  resolvers: Resolvers,
): string | undefined {
  if (kind === 'f') return after ?? theirs
  if (after === undefined || theirs === undefined) return kind === 'k' ? (after ?? theirs) : undefined
  if (kind === 'k') return Number(textIn(after, name)) < Number(textIn(theirs, name)) ? after : theirs
  if (kind === 'a' || !Object.hasOwn(resolvers, name)) return after
  const value = (line: string | undefined): unknown => line && readLine(serializer, kind, name, line).value
  const settled = resolvers[name]!(value(before), value(after), value(theirs))
  return writeLine(serializer, kind, name, settled)
}

/** What a session has of its own, in place of what the options say. */
export type OwnLifetimes = Pick<Meta, 'idleTimeout' | 'absoluteTimeout' | 'endsAt' | 'persistent'>

/**
 * Mine where I changed them, theirs elsewhere. No activity moves the absolute deadline, and of two that were
 * set the earlier counts.
 */
export function mergeLifetimes(base: OwnLifetimes, mine: OwnLifetimes, theirs: OwnLifetimes): OwnLifetimes {
  const bothSet = mine.endsAt !== undefined && theirs.endsAt !== undefined && theirs.endsAt !== base.endsAt
  if (!bothSet || mine.endsAt <= theirs.endsAt) return mine
  const { absoluteTimeout, endsAt } = theirs
  return { ...mine, absoluteTimeout, endsAt }
}

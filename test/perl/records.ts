import { namedLines, textIn } from '../../src/draft/lines.ts'
import { isTombstone, parseRecord, type SessionRecord, type Tombstone } from '../../src/record.ts'
import { tokenToId } from '../../src/token.ts'
import type { Visit } from './visit.ts'

/** As long as a late answer to the old token could overwrite the new cookie (DESIGN §8). */
const SILENT_FOR = 10_000

/*
 * What the store holds, for the driver's eyes alone: looking here is no look at the session.
 */

/** The record under an id, alive or not; `undefined` for a tombstone or nothing. */
export async function storedUnder(visit: Visit, id: string): Promise<SessionRecord | undefined> {
  const found = await read(visit, id)
  return found && !isTombstone(found) ? found : undefined
}

/** The values of one kind; `undefined` when there are no such lines. */
export function valuesIn(
  record: SessionRecord | undefined,
  kind: 'd' | 'f' | 'k',
): Record<string, unknown> | undefined {
  const lines = record ? [...namedLines(record.lines, kind)] : []
  if (lines.length === 0) return undefined
  return Object.fromEntries(lines.map(([name, line]) => [name, valueIn(line, kind, name)]))
}

/** The client shows the token of a session that has just gone on under a new id, so it cannot begin another. */
export async function hasJustMoved(visit: Visit): Promise<boolean> {
  const token = visit.ctx.cookies.get('sid')
  const found = token === undefined ? undefined : await read(visit, tokenToId(token))
  if (!found || !isTombstone(found) || !found.moved) return false
  return visit.session.now < found.endedAt + SILENT_FOR
}

async function read({ world }: Visit, id: string): Promise<SessionRecord | Tombstone | undefined> {
  const stored = await world.store?.get(id)
  return stored && parseRecord(id, stored)
}

/** A message stands behind its mark. */
function valueIn(line: string, kind: 'd' | 'f' | 'k', name: string): unknown {
  const text = textIn(line, name)
  return JSON.parse(kind === 'f' ? text.slice(text.indexOf(' ') + 1) : text)
}

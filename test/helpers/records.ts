import type { MemoryStore } from '../../src/index.ts'
import { formatRecord, isTombstone, parseRecord, type SessionRecord } from '../../src/record.ts'

/** The record of a session, as the store keeps it. */
export function recordIn(store: MemoryStore, id: string): SessionRecord {
  const record = parseRecord(id, store.get(id)!)
  if (isTombstone(record)) throw new Error('The session has ended.')
  return record
}

/** The lines of the record of a session. */
export function linesIn(store: MemoryStore, id: string): string[] {
  return recordIn(store, id).lines.split('\n').slice(1, -1)
}

/** Puts other lines in the place of those of a record, as another program might. */
export function plant(store: MemoryStore, id: string, lines: readonly string[]): void {
  const { meta, expiresAt } = recordIn(store, id)
  store.set(id, formatRecord(meta, `\n${lines.map((line) => `${line}\n`).join('')}`), expiresAt, 'present')
}

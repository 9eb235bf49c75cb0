import { decodeRecord, type RecordContent } from 'koa-session-pipeline/adapters'
import type { Stored } from 'koa-session-pipeline'
import { shorten } from './shorten.ts'

/** What lies in the store under one id, for the page. */
export interface StoredView {
  readonly id: string
  /** The lines as the store keeps them; none when there is nothing. */
  readonly lines: readonly string[]
  readonly expiresAt: number | undefined
}

export function storedView(id: string, stored: Stored | undefined): StoredView {
  return {
    id: shorten(id),
    lines: stored ? stored.data.split('\n').filter((line) => line !== '') : [],
    expiresAt: stored?.expiresAt,
  }
}

/** The session in a record; `undefined` for nothing and for the mark of one that has ended. */
export function contentOf(stored: Stored | undefined): RecordContent | undefined {
  if (!stored?.data.startsWith('1s ')) return undefined
  return decodeRecord(stored.data)
}

/** Whether a record is what stands, for a minute, where a session ended or moved to a new id. */
export function isEnd(data: string): boolean {
  return data.startsWith('1t ')
}

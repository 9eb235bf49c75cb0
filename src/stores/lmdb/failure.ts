import { statfsSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { SessionError, StoreFullError, StoreUnavailableError } from '../../errors.ts'

/** Where less is free, in bytes, a commit that failed has failed for that. */
const ROOM = 1_048_576
/** How long the reason of a failed commit is waited for, in milliseconds; it may never come. */
const PATIENCE = 20

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** LMDB has been seen to refuse a transaction with this for no reason; the next one works. */
export function passes(error: unknown): boolean {
  return messageOf(error).includes('MDB_BAD_TXN')
}

/** The typed error for what LMDB said. */
export async function explain(error: unknown, operation: string, dir: string): Promise<Error> {
  // A TypeError is the caller's mistake, not the disk's.
  if (error instanceof SessionError || error instanceof TypeError) return error
  const cause = await reasonOf(error)
  if (/no space|MDB_MAP_FULL|quota/i.test(messageOf(cause)) || isFull(dir)) {
    return new StoreFullError(`The disk of the LMDB store is full; it could not ${operation}.`, { cause })
  }
  // A transaction that fails has changed nothing.
  return new StoreUnavailableError(`The LMDB store could not ${operation}.`, { cause, outcome: 'none' })
}

/** A failed commit carries the promise of its reason, which nobody else waits for. */
async function reasonOf(error: unknown): Promise<unknown> {
  const { commitError } = Object(error) as { commitError?: Promise<unknown> }
  if (commitError === undefined) return error
  return Promise.race([rejectionOf(commitError), pause(PATIENCE, error)])
}

async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise
  } catch (reason) {
    return reason
  }
}

function isFull(dir: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dir)
    return bavail * bsize < ROOM
  } catch {
    return false
  }
}

import { setTimeout as pause } from 'node:timers/promises'
import { SessionError, StoreFullError, StoreUnavailableError } from '../../errors.ts'
import { Backoff } from '../engines/backoff.ts'

/** The code of a system error, such as `'ENOENT'`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

export function isAbsent(error: unknown): boolean {
  return codeOf(error) === 'ENOENT'
}

export function isFull(error: unknown): boolean {
  return codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT'
}

/** The process, or the machine, has no descriptor left. */
export function isShortage(error: unknown): boolean {
  return codeOf(error) === 'EMFILE' || codeOf(error) === 'ENFILE'
}

/** Windows, when a virus scanner or another reader has the file open. */
export function isSharing(error: unknown): boolean {
  return ['EPERM', 'EACCES', 'EBUSY'].includes(codeOf(error) ?? '')
}

/** What the task returns; `undefined` where the file that it is about is not there. */
export function ifThere<T>(task: () => T): T | undefined {
  try {
    return task()
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

/** The longest pause between two tries, in milliseconds. */
export const LONGEST_PAUSE = 16

/** Runs the task again while it fails in a way that passes, for so many milliseconds at most. */
export async function patiently<T>(
  task: () => T | Promise<T>,
  passes: (error: unknown) => boolean,
  limit: number,
): Promise<T> {
  const deadline = performance.now() + limit
  const backoff = new Backoff(LONGEST_PAUSE)
  for (;;) {
    try {
      return await task()
    } catch (error) {
      if (!passes(error) || performance.now() >= deadline) throw error
    }
    await pause(backoff.next())
  }
}

/** The typed error for what the file system said. Paths, which have ids in them, stay in the cause. */
export function explain(error: unknown, operation: string): Error {
  // A TypeError is the caller's mistake, not the disk's.
  if (error instanceof SessionError || error instanceof TypeError) return error
  if (isFull(error)) {
    return new StoreFullError(`The disk of the file store is full; it could not ${operation}.`, {
      cause: error,
    })
  }
  const code = codeOf(error)
  return new StoreUnavailableError(`The file store could not ${operation}.`, {
    cause: error,
    // Of a device that reports errors nobody knows what it has done.
    outcome: code === 'EIO' ? 'unknown' : 'none',
  })
}

import { SessionError, StoreFullError, StoreUnavailableError } from '../../errors.ts'

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
  return new StoreUnavailableError(`The file store could not ${operation}${code ? `: ${code}` : ''}.`, {
    cause: error,
    // Of a device that reports errors nobody knows what it has done.
    outcome: code === 'EIO' ? 'unknown' : 'none',
  })
}

/** Disks with 32-bit times end in January 2038, and some wrap: later deadlines are in the header alone. */
export const LAST_MTIME: number = (2 ** 31 - 1) * 1000

/** The deadline as a file time: seconds. */
export function toFileTime(expiresAt: number): number {
  return Math.min(Math.max(Math.ceil(expiresAt), 0), LAST_MTIME) / 1000
}

/** Disks keep times in fractions of seconds and cut them off: a millisecond may come back short by some nanoseconds. */
export function fromFileTime(mtimeMs: number): number {
  return Math.round(mtimeMs)
}

/** The deadline that counts, of those in the header and in the mtime. */
export function later(expiresAt: number, mtimeMs: number): number {
  return Math.max(expiresAt, fromFileTime(mtimeMs))
}

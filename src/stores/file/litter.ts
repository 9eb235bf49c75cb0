import { sep } from 'node:path'
import fs from 'fs-extra'
import type { Disk } from './disk.ts'
import { clearLease } from './lease.ts'
import { clearIfStale } from './lock.ts'
import { isStale, overtake, readMark, unlinkIfThere } from './mark.ts'
import { isDead } from './owner.ts'

const HOUR = 3_600_000
/** How long damaged records are kept for an administrator to look at. */
const WEEK = 7 * 24 * HOUR

const LITTER = /^(\.sweep|x?[\da-f]{64})\.(?:(lock|lease)|(t|break|corrupt)-(.+))$/

/**
 * Removes what a crash has left behind, and damaged records set aside a week ago. Ages are measured
 * by the real clock, as other processes may be at work.
 */
export function clearLitter(disk: Disk, folder: string, name: string): void {
  const match = LITTER.exec(name)
  if (match === null) return
  const path = folder + sep + name
  const record = folder + sep + match[1]!
  const what = match[2] ?? match[3]
  const rest = match[4] ?? ''
  if (what === 'corrupt') {
    if (Date.now() - Number(rest) > WEEK) unlinkIfThere(path)
  } else if (what === 't') {
    // The mtime of a temporary file is a deadline already; its atime is when it was written.
    if (isDead(rest) || Date.now() - (statOf(path)?.atimeMs ?? Infinity) > HOUR) unlinkIfThere(path)
  } else if (what === 'lease') {
    clearLease(record, disk.settings.clock)
  } else {
    clearMark(disk, record, path, what === 'lock')
  }
}

function clearMark(disk: Disk, record: string, path: string, isLock: boolean): void {
  const { limits } = disk.settings
  const stat = statOf(path)
  const text = readMark(path)
  if (stat === undefined || text === undefined) return
  const age = Date.now() - stat.mtimeMs
  if (isLock) clearIfStale(record, text, age, limits)
  else if (isStale(text, age, limits.staleAfter)) overtake(record, path, text, limits.staleAfter)
}

function statOf(path: string): { readonly atimeMs: number; readonly mtimeMs: number } | undefined {
  return fs.lstatSync(path, { throwIfNoEntry: false })
}

import fs from 'fs-extra'
import { codeOf, isAbsent } from './failure.ts'
import { isDead, nextSerial, tagOf } from './owner.ts'

/*
 * A mark is what a lock is made of: a symbolic link that leads nowhere and whose target is a text,
 * `<tag of the owner>-<time>`. It is made in one step, together with its text, and only if there is
 * none. Where links need privileges it is a file with the text in it.
 */
const LINKS = process.platform !== 'win32'

/** `false`: there is one already. */
export function putMark(path: string, text: string, asLink: boolean = LINKS): boolean {
  try {
    if (asLink) fs.symlinkSync(text, path)
    else fs.writeFileSync(path, text, { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

export function readMark(path: string): string | undefined {
  try {
    return LINKS ? fs.readlinkSync(path) : fs.readFileSync(path, 'latin1')
  } catch (error) {
    if (isAbsent(error)) return undefined
    if (codeOf(error) === 'EINVAL') return fs.readFileSync(path, 'latin1')
    throw error
  }
}

/** Removes the mark if it still has this text. The two steps are synchronous so that no pause falls between them. */
export function dropMark(path: string, text: string): void {
  if (readMark(path) === text) unlinkIfThere(path)
}

export function unlinkIfThere(path: string): boolean {
  try {
    fs.unlinkSync(path)
    return true
  } catch (error) {
    if (isAbsent(error)) return false
    throw error
  }
}

export function markText(tag: string, time: number): string {
  return `${tag}-${Math.min(Math.ceil(time), Number.MAX_SAFE_INTEGER).toString(36)}`
}

export function tagIn(text: string): string {
  const tag = text.slice(0, text.lastIndexOf('-'))
  return /^[\da-z]+(?:-[\da-z]+)*$/.test(tag) && tag.length < 80 ? tag : 'unknown'
}

/** `NaN` of a text that is none of ours, or not complete yet. */
export function timeIn(text: string): number {
  return Number.parseInt(text.slice(text.lastIndexOf('-') + 1), 36)
}

/**
 * Whether a mark of a moment's work is left over: its owner has ended, or it is older than `limit`,
 * by its own time or by how long it has been watched (clocks step back).
 */
export function isStale(text: string, watchedFor: number, limit: number): boolean {
  return watchedFor > limit || Date.now() - timeIn(text) > limit || isDead(tagIn(text))
}

/**
 * Removes a mark that is left over. The right to do so is a mark too, named after the one to remove,
 * so that of several waiters one acts, and none removes the mark of the next owner.
 */
export function overtake(
  record: string,
  path: string,
  seen: string,
  limit: number,
  still?: () => boolean,
): void {
  const right = `${record}.break-${tagIn(seen)}`
  const mine = markText(tagOf(nextSerial()), Date.now())
  if (!putMark(right, mine)) {
    const other = readMark(right)
    if (other !== undefined && isStale(other, 0, limit)) overtake(record, right, other, limit)
    return
  }
  try {
    if (readMark(path) === seen && (still?.() ?? true)) unlinkIfThere(path)
  } finally {
    dropMark(right, mine)
  }
}

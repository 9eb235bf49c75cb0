import { randomBytes } from 'node:crypto'
import fs from 'fs-extra'
import { here } from './boot.ts'
import { unlinkIfThere } from './disk.ts'
import { codeOf, ifThere } from './failure.ts'

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

const LONGEST_MARK = 256
/** Of nobody, and of long ago: it is over. */
const NO_MARK = 'none-0'

export function readMark(path: string): string | undefined {
  return ifThere(() => {
    try {
      return LINKS ? fs.readlinkSync(path) : readText(path)
    } catch (error) {
      if (codeOf(error) === 'EINVAL') return readText(path)
      throw error
    }
  })
}

/** A file may be anything, such as a pipe, which would be waited for without end. */
function readText(path: string): string {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants
  const fd = fs.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  try {
    const stat = fs.fstatSync(fd)
    return stat.isFile() && stat.size <= LONGEST_MARK ? fs.readFileSync(fd, 'latin1') : NO_MARK
  } finally {
    fs.closeSync(fd)
  }
}

/** Removes the mark if it still has this text. The two steps are synchronous so that no pause falls between them. */
export function dropMark(path: string, text: string): void {
  if (readMark(path) === text) unlinkIfThere(path)
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
  still: () => boolean = () => true,
): void {
  const right = `${record}.break-${tagIn(seen)}`
  const mine = markText(tagOf(nextSerial()), Date.now())
  if (!putMark(right, mine)) {
    const other = readMark(right)
    if (other !== undefined && isStale(other, 0, limit)) overtake(record, right, other, limit)
    return
  }
  try {
    if (readMark(path) === seen && still()) unlinkIfThere(path)
  } finally {
    dropMark(right, mine)
  }
}

const NONCE = randomBytes(7).toString('hex')
const UNKNOWN_START = '0'
let count = 0
let self: string | undefined

/** A text that never repeats, in this process or another. It makes the versions. */
export function nextSerial(): string {
  count += 1
  return `${count.toString(36)}-${NONCE}`
}

/**
 * The serial with its owner before it: pid, start time of the process (pids are used again), and
 * hashes of the boot and of what the pid is valid in. It fits a file name, and into the 59
 * bytes of a symbolic link that needs no block on a full disk.
 */
export function tagOf(serial: string): string {
  self ??= [process.pid.toString(36), startOf(process.pid) ?? UNKNOWN_START, here()].join('-')
  return `${self}-${serial}`
}

/** Where the process that made the tag runs. */
export function whereOf(tag: string): string | undefined {
  return tag.split('-')[2]
}

/**
 * Whether the process that made the tag has ended for certain. Of a process of another machine or
 * container nothing is known.
 */
export function isDead(tag: string): boolean {
  const [pid = '', start = ''] = tag.split('-')
  if (whereOf(tag) !== here()) return false
  const number = Number.parseInt(pid, 36)
  if (start === UNKNOWN_START) return !answers(number)
  const actual = startOf(number)
  return actual === undefined || (actual !== UNKNOWN_START && actual !== start)
}

/** Start time in clock ticks, base 36. `undefined`: there is no such process, or only its remains. */
function startOf(pid: number): string | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name of the program, in brackets, may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : Number(fields[19]).toString(36)
  } catch (error) {
    const gone = codeOf(error) === 'ENOENT' || codeOf(error) === 'ESRCH'
    return gone && !answers(pid) ? undefined : UNKNOWN_START
  }
}

function answers(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) !== 'ESRCH'
  }
}

import { createHash, randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import fs from 'fs-extra'
import { codeOf } from './failure.ts'

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
 * The serial with its owner before it: pid, start time of the process (pids are used again), and a
 * hash of what the pid is valid in: boot and pid namespace. It fits a file name, and into the 59
 * bytes of a symbolic link that needs no block on a full disk.
 */
export function tagOf(serial: string): string {
  self ??= [process.pid.toString(36), startOf(process.pid) ?? UNKNOWN_START, host()].join('-')
  return `${self}-${serial}`
}

/**
 * Whether the process that made the tag has ended for certain. Of a process of another machine or
 * container nothing is known.
 */
export function isDead(tag: string): boolean {
  const [pid = '', start = '', where] = tag.split('-')
  if (where !== host()) return false
  const number = Number.parseInt(pid, 36)
  if (start === UNKNOWN_START) return !answers(number)
  const actual = startOf(number)
  return actual === undefined || (actual !== UNKNOWN_START && actual !== start)
}

let knownHost: string | undefined

function host(): string {
  return (knownHost ??= createHash('sha256').update(hostFacts()).digest('hex').slice(0, 8))
}

function hostFacts(): string {
  try {
    return `${fs.readFileSync('/proc/sys/kernel/random/boot_id', 'latin1')} ${fs.readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return hostname()
  }
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

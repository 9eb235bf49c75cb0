import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import fs from 'fs-extra'

const BOOT_LENGTH = 3
const PLACE_LENGTH = 6

/** What times of `uptime` are valid in: the boot, and the time namespace. `undefined` where nobody knows. */
function bootFacts(): string | undefined {
  try {
    return `${fs.readFileSync('/proc/sys/kernel/random/boot_id', 'latin1')} ${link('/proc/self/ns/time')}`
  } catch {
    return undefined
  }
}

function link(path: string): string {
  try {
    return fs.readlinkSync(path)
  } catch {
    return ''
  }
}

function digest(text: string, length: number): string {
  return BigInt(`0x${createHash('sha256').update(text).digest('hex')}`)
    .toString(36)
    .slice(-length)
}

/** Where a process runs; `steady`: its `uptime` never steps. */
interface Facts {
  readonly where: string
  readonly steady: boolean
}

let known: Facts | undefined

const facts = (): Facts => (known ??= findOut())

function findOut(): Facts {
  const boot = bootFacts()
  // A pid is valid in its pid namespace.
  const place = boot === undefined ? hostname() : `${boot} ${link('/proc/self/ns/pid')}`
  const where = digest(boot ?? '', BOOT_LENGTH) + digest(place, PLACE_LENGTH)
  return { where, steady: boot !== undefined }
}

/** Where this process runs, short enough for a mark: the boot of the machine, and what its pid is valid in. */
export function here(): string {
  return facts().where
}

/** Times of `uptime` that were noted there can be compared with ours. */
export function isSameBoot(where: string | undefined): boolean {
  return where?.slice(0, BOOT_LENGTH) === here().slice(0, BOOT_LENGTH)
}

/**
 * Milliseconds of a clock that never steps and that all processes of one boot share: what leases run by. Where
 * the boot has no name, a time that outlived it could not be told from one of today: there, by the wall clock.
 */
export function uptime(): number {
  return facts().steady ? Number(process.hrtime.bigint() / 1_000_000n) : Date.now()
}

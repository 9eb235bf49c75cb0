import { killServers } from './crashes/servers.ts'
import { killWriters } from './crashes/writers.ts'
import { type Report, runAsProgram } from './program.ts'

/*
 * `kill -9` at random moments. Afterwards no record is torn, everything that was acknowledged is there, the
 * next request gets through at once, and a sweep clears what was left behind.
 */

export const CRASHES = {
  /** All of them; two thirds hit servers, a third hits processes that write without a server. */
  kills: 30,
}

export async function crashes(report: Report, { kills }: typeof CRASHES): Promise<void> {
  await killServers(report, 'merge', Math.ceil(kills / 3))
  await killServers(report, 'lock', Math.ceil(kills / 3))
  await killWriters(report, Math.ceil(kills / 3))
}

await runAsProgram(import.meta.filename, CRASHES, crashes)

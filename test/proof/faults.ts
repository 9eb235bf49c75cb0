import { stepClock } from './faults/clock.ts'
import { damageContents, damageFiles } from './faults/damage.ts'
import { runOutOfDescriptors } from './faults/descriptors.ts'
import { loseFolder } from './faults/folder.ts'
import { fillDisk } from './faults/full.ts'
import { sendGarbage } from './faults/garbage.ts'
import { type Report, runAsProgram } from './program.ts'

/* Full disks, too few descriptors, clocks that step, a folder that goes away, and bytes that nobody sent in earnest. */

export const FAULTS = {
  /** Steps of the clock. */
  steps: 100,
  /** Requests with random bytes in their headers. */
  requests: 500,
  /** Damaged session files, and damaged contents. */
  files: 50,
}

export async function faults(report: Report, { steps, requests, files }: typeof FAULTS): Promise<void> {
  await fillDisk(report)
  await runOutOfDescriptors(report)
  await stepClock(report, steps)
  await loseFolder(report)
  await sendGarbage(report, requests)
  await damageFiles(report, files)
  await damageContents(report, files)
}

await runAsProgram(import.meta.filename, FAULTS, faults)

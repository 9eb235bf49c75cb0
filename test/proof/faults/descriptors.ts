import { withFolder } from '../fleet.ts'
import type { Report } from '../program.ts'
import { report as reportOf } from './worker.ts'

/** 500 requests at a time in a process that may open 64 files; what is more is for loading the program. */
export async function runOutOfDescriptors(report: Report): Promise<void> {
  if (process.platform === 'win32') return report.skip('few descriptors', 'there is no ulimit here')
  await withFolder((dir) => reportOf(report, 'ulimit -n 320 && exec "$@"', 'descriptors-worker', dir))
}

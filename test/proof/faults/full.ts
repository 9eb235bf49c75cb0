import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { withFolder } from '../fleet.ts'
import type { Report } from '../program.ts'
import { report as reportOf } from './worker.ts'

// In a user namespace anybody may mount. What is mounted vanishes with the namespace.
const NAMESPACE = `unshare ${process.getuid?.() === 0 ? '-m' : '-rm'} sh -c`
const ON_SMALL_DISK = `DISK="$3" exec ${NAMESPACE} 'mount -t tmpfs -o size=1m tmpfs "$DISK" && exec "$@"' sh "$@"`

/** A file system of one megabyte, filled by somebody else. */
export async function fillDisk(report: Report): Promise<void> {
  if (!canMount()) return report.skip('a full disk', 'no small file system can be mounted here')
  await withFolder((dir) => reportOf(report, ON_SMALL_DISK, 'full-worker', dir))
}

function canMount(): boolean {
  try {
    execFileSync(
      'sh',
      ['-c', `DISK="$0" ${NAMESPACE} 'mount -t tmpfs -o size=64k tmpfs "$DISK"'`, tmpdir()],
      {
        stdio: 'ignore',
      },
    )
    return true
  } catch {
    return false
  }
}

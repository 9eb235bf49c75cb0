import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { newFolder } from '../../helpers/file-folder.ts'

const WORKER = fileURLToPath(new URL('./full-worker.js', import.meta.url))

/** Runs a command on a small file system of its own, which vanishes with it. */
function onSmallDisk(dir: string, options: string, ...command: string[]): string {
  // In a user namespace anybody may mount.
  const namespaces = process.getuid?.() === 0 ? '-m' : '-rm'
  const script = 'mount -t tmpfs -o "$0" tmpfs "$1" && shift && exec "$@"'
  return execFileSync('unshare', [namespaces, 'sh', '-c', script, options, dir, ...command], {
    encoding: 'utf8',
  })
}

function canMount(): boolean {
  try {
    onSmallDisk(tmpdir(), 'size=64k', 'true')
    return true
  } catch {
    return false
  }
}

const possible = canMount()
const maybe = possible || process.env['CI'] === 'true' ? test : test.skip
if (!possible) console.warn('No small file system can be mounted here: the tests of a full disk are skipped.')

const WORKS = {
  litter: 0,
  read: 'before',
  touch: true,
  touched: true,
  sweep: { removed: 1, done: true },
  delete: true,
  deleted: true,
  later: true,
}

maybe('on a disk without space the old record survives, and touch, delete, lock and sweep work', (t) => {
  const dir = newFolder(t)
  const report: unknown = JSON.parse(onSmallDisk(dir, 'size=256k', process.execPath, WORKER, dir, 'space'))
  t.deepEqual(report, { ...WORKS, replace: 'ERR_STORE_FULL', create: 'ERR_STORE_FULL', lock: 'function' })
})

maybe('without inodes too, save that a lock needs one', (t) => {
  const dir = newFolder(t)
  const options = 'size=1m,nr_inodes=40'
  const report: unknown = JSON.parse(onSmallDisk(dir, options, process.execPath, WORKER, dir, 'inodes'))
  t.deepEqual(report, {
    ...WORKS,
    replace: 'ERR_STORE_FULL',
    create: 'ERR_STORE_FULL',
    lock: 'ERR_STORE_FULL',
  })
})

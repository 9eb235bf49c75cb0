import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'
import { newFolder } from '../../helpers/file-folder.ts'

const run = promisify(execFile)
const WORKER = fileURLToPath(new URL('./descriptors-worker.js', import.meta.url))

async function withFewDescriptors(dir: string, others: string, io = 'async'): Promise<string> {
  const args = ['-c', 'ulimit -n 64 && exec "$0" "$@"', process.execPath, WORKER, dir, others, io]
  return (await run('sh', args)).stdout
}

if (process.platform !== 'win32') {
  test('500 operations at a time need no more than a few descriptors', async (t) => {
    t.is(await withFewDescriptors(newFolder(t), ''), 'ok | ok | ok | ok | ok | ok')
  })

  test('while the application has taken all descriptors the store waits', async (t) => {
    t.is(await withFewDescriptors(newFolder(t), 'release'), 'ok | ok | ok | ok | ok | ok')
  })

  test('reads at once wait as well', async (t) => {
    t.is(await withFewDescriptors(newFolder(t), 'release', 'sync'), 'ok | ok | ok | ok | ok | ok')
  })

  test('when there is none for long it says so, and delete, which needs none, works', async (t) => {
    const failed = '500 ERR_STORE_UNAVAILABLE'
    t.is(
      await withFewDescriptors(newFolder(t), 'hold'),
      `${failed} | ${failed} | ${failed} | ${failed} | ${failed} | ok`,
    )
  })
}

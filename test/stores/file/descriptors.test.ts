import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'
import fs from 'fs-extra'
import { Descriptors } from '../../../src/stores/file/descriptors.ts'
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

test('a file that is opened after its operation gave up is closed, and removed if it was made', async (t) => {
  const path = join(newFolder(t), 'file')
  const open = fs.open
  const late: (() => void)[] = []
  const delayed = (...args: Parameters<typeof open>): void => void late.push(() => open(...args))
  Object.assign(fs, { open: delayed })
  t.teardown(() => Object.assign(fs, { open }))
  const descriptors = new Descriptors(1, 1)
  const { O_CREAT, O_WRONLY } = fs.constants
  await t.throwsAsync(descriptors.open(path, O_CREAT | O_WRONLY, 0o600), { code: 'ERR_STORE_UNAVAILABLE' })
  Object.assign(fs, { open })
  const unlink = fs.unlinkSync
  const removed = new Promise((resolve) => {
    fs.unlinkSync = (file) => resolve(unlink(file))
  })
  t.teardown(() => (fs.unlinkSync = unlink))
  for (const begin of late) begin()
  await removed
  t.false(existsSync(path))
})

import { closeSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { FileStore } from '../../../src/stores/file/index.ts'
import { filesIn, idOf } from '../../helpers/file-folder.ts'

/* To be run on a small file system, which it fills: of `space` or of `inodes`. */
const [dir = '', what = ''] = process.argv.slice(2)
const LATER = Date.now() + 3_600_000
const store = new FileStore({ dir: `${dir}/store`, sweepInterval: false, clock: () => LATER })
const [kept, gone, old] = [idOf('kept'), idOf('gone'), idOf('old')]

for (const id of [kept, gone]) await store.set(id, 'before', LATER, 'absent')
await store.set(old, 'expired', 1_000, 'absent')
const version = (await store.get(kept))?.version ?? ''

function fill(): void {
  const fd = openSync(`${dir}/filler`, 'w')
  try {
    if (what === 'space') for (;;) writeSync(fd, Buffer.alloc(1_000))
    for (let n = 0; ; n += 1) writeFileSync(`${dir}/filler${n}`, '')
  } catch {
    // Full.
  } finally {
    closeSync(fd)
  }
}

const answer = async (act: () => unknown): Promise<unknown> => {
  try {
    return await act()
  } catch (error) {
    return (error as Error & { code?: string }).code ?? String(error)
  }
}

fill()
const before = filesIn(`${dir}/store`).length
const report = {
  replace: await answer(() => store.set(kept, 'x'.repeat(60_000), LATER, { version })),
  create: await answer(() => store.set(idOf('new'), 'x'.repeat(60_000), LATER, 'absent')),
  litter: filesIn(`${dir}/store`).length - before,
  read: await answer(async () => (await store.get(kept))?.data),
  touch: await answer(() => store.touch(kept, LATER + 1_000, version)),
  touched: await answer(async () => (await store.get(kept))?.expiresAt === LATER + 1_000),
  lock: await answer(async () => typeof (await store.lock(kept, { wait: 0, lease: 1_000 })).renew),
  sweep: await answer(() => store.sweep()),
  delete: await answer(() => store.delete(gone)),
  deleted: await answer(async () => (await store.get(gone)) === undefined),
  later: await answer(async () => {
    rmSync(`${dir}/filler`)
    if (what === 'inodes') rmSync(`${dir}/filler0`)
    return (await store.set(kept, 'after', LATER, { version })).ok
  }),
}
process.stdout.write(JSON.stringify(report))

import { closeSync, openSync } from 'node:fs'
import { FileStore } from '../../../src/stores/file/index.ts'

/* To be run with few descriptors: 500 operations at a time, beside an application that has taken all of them, or none. */
const [dir = '', others = '', io = 'async'] = process.argv.slice(2)
const LATER = Date.now() + 3_600_000
const store = new FileStore(
  { dir, sweepInterval: false, io: io === 'sync' ? 'sync' : 'async' },
  { patience: others === 'hold' ? 30 : 60_000 },
)
const ids = Array.from({ length: 500 }, (_, n) => `id ${n}`)

const taken: number[] = []
try {
  if (others !== '') for (;;) taken.push(openSync(process.execPath, 'r'))
} catch {
  // No descriptor is left.
}
if (others === 'release') setTimeout(() => taken.forEach((fd) => closeSync(fd)), 50)

const count = async (act: (id: string) => unknown): Promise<string> => {
  const results = await Promise.allSettled(ids.map(async (id) => act(id)))
  const codes = results.flatMap((result) =>
    result.status === 'rejected' ? [(result.reason as Error & { code: string }).code] : [],
  )
  return codes.length === 0 ? 'ok' : `${codes.length} ${[...new Set(codes)].join()}`
}

const report = [
  await count(() => store.sweep()),
  await count((id) => store.set(id, 'data', LATER, 'absent')),
  await count((id) => store.get(id)),
  await count((id) => store.set(id, 'more', LATER, 'present')),
  await count((id) => store.touch(id, LATER + 1, 'version')),
  await count((id) => store.delete(id)),
]
// fs-extra goes on trying for a minute.
process.stdout.write(report.join(' | '), () => process.exit())

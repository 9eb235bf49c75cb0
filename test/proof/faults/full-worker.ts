import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { FileStore } from '../../../src/index.ts'
import { application } from '../application.ts'
import { MODES } from '../fleet.ts'
import { injector } from '../inject.ts'
import { Findings } from './worker.ts'

/* To be run on a small disk, which it fills. */
const [dir = ''] = process.argv.slice(2)
const store = new FileStore({ dir: `${dir}/store`, sweepInterval: false })
const ask = injector(application({ store, expiryThreshold: 0 }))
const askLocked = injector(application({ store, concurrency: MODES.lock }))
const findings = new Findings()

const begin = async (): Promise<string> => (await ask('/start')).cookie!
const [kept, touched, ended] = [await begin(), await begin(), await begin()]
await ask('/put?key=kept&value=1', kept)

fill()
const full = { status: 503, code: 'ERR_STORE_FULL' }
const outcome = async (path: string, cookie?: string, how = ask): Promise<object> => {
  const { status, body, cookie: set } = await how(path, cookie)
  return { status, code: body.code, ...(set !== undefined && { set }) }
}
const valueOf = async (): Promise<unknown> =>
  ((await ask('/data', kept)).body.result as Record<string, unknown>)['kept']

findings.equal(
  'full disk: a change is answered with 503 and its code, and sets no cookie',
  await outcome('/fill?size=100000', kept),
  full,
)
findings.equal('full disk: update() too', await outcome('/increment', kept), full)
findings.equal('full disk: a new session too', await outcome('/fill?size=100000'), full)
findings.equal('full disk: the old value survives', await valueOf(), 1)
findings.equal('full disk: touch works', await outcome('/touch', touched), { status: 200 })
findings.equal('full disk: a request under the lock works', await outcome('/data', kept, askLocked), {
  status: 200,
})
await outcome('/destroy', ended)
findings.equal(
  'full disk: destroy works',
  ((await ask('/data', ended)).body.result as { isNew: boolean }).isNew,
  true,
)
rmSync(`${dir}/filler`)
findings.equal('with space again, changes are saved', (await ask('/put?key=kept&value=2', kept)).status, 200)
findings.equal('and seen', await valueOf(), 2)
findings.tell()

function fill(): void {
  const fd = openSync(`${dir}/filler`, 'w')
  try {
    for (;;) writeSync(fd, Buffer.alloc(1_000))
  } catch {
    // Full.
  } finally {
    closeSync(fd)
  }
}

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import test from 'ava'
import Koa from 'koa'
import { FileStore, MemoryStore, session, type Store } from '../../src/index.ts'
import { idOf, newFolder } from '../helpers/file-folder.ts'
import { type Loose, routes } from '../helpers/paths.ts'
import { listen, visitor } from '../helpers/serve.ts'

const run = promisify(execFile)
const ENTRY = JSON.stringify(new URL('../../src/index.js', import.meta.url))

/** What a process of its own warns of, without the advice that comes after it. */
async function warnings(script: string): Promise<string[]> {
  const program = `
    import Koa from 'koa'
    import { FileStore, session } from ${ENTRY}
    const seen = []
    process.on('warning', ({ code, message }) => seen.push(code + ' ' + message))
    process.on('exit', () => console.log(JSON.stringify(seen)))
    const start = (options) => session(new Koa(), options)
    ${script}
  `
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program])
  return JSON.parse(stdout) as string[]
}

test('a bare number under a second warns once of each option, and says how to write it', async (t) => {
  t.deepEqual(await warnings('start({ idleTimeout: 20 }); start({ idleTimeout: 30 })'), [
    "SESSION_BARE_NUMBER idleTimeout: 20 means 20 milliseconds. Write '20s' for seconds, or '20ms' if that is what you mean.",
  ])
  const all = await warnings(`
    start({ absoluteTimeout: 999, idleTimeout: 20, expiryThreshold: 5, storeTimeout: 7, concurrency: { mode: 'lock', wait: 8, lease: 9 } })
  `)
  for (const name of ['absoluteTimeout', 'idleTimeout', 'expiryThreshold', 'storeTimeout'])
    t.is(all.filter((one) => one.startsWith(`SESSION_BARE_NUMBER ${name}: `)).length, 1, name)
  for (const name of ['wait', 'lease'])
    t.is(all.filter((one) => one.includes(` concurrency.${name}: `)).length, 1, name)
  t.is(all.length, 6)
})

test('a second, a string, 0 and false do not warn', async (t) => {
  const script = `
    start({ idleTimeout: '20ms', storeTimeout: '50ms', concurrency: { mode: 'lock', wait: '8ms' } })
    start({ idleTimeout: 1000, expiryThreshold: 0, storeTimeout: false })
    start({ idleTimeout: false })
  `
  t.deepEqual(await warnings(script), [])
})

const STORES: Record<string, (t: Loose) => Store> = {
  MemoryStore: () => new MemoryStore(),
  FileStore: (t) => new FileStore({ dir: newFolder(t) }),
}

for (const [name, make] of Object.entries(STORES)) {
  test.serial(`fake timers that are installed after the start are seen: ${name}`, async (t) => {
    const store = make(t)
    const app = new Koa()
    app.use(session(app, { store }) as Koa.Middleware)
    app.use(
      routes({
        '/write': ({ session }) => void (session.user = 'ann'),
        '/read': ({ session }) => ({ ...session }),
      }) as never,
    )
    const browser = visitor(await listen(t, app))
    await browser.get('/write')
    await store.set(idOf('a'), 'data', Date.now() + 1000, 'absent')
    const { now } = Date
    try {
      Date.now = () => now() + 3 * 3_600_000
      t.deepEqual((await browser.get('/read')).body, {})
      await store.sweep?.()
      t.is(await store.get(idOf('a')), undefined)
    } finally {
      Date.now = now
      await store.close?.()
    }
  })
}

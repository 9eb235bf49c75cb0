import test from 'ava'
import { warnings } from '../helpers/warnings.ts'

const production = { NODE_ENV: 'production' }

test('in production the memory store by default warns, once', async (t) => {
  const script = 'session(new Koa()).with({ idleTimeout: 1000 }); session(new Koa(), { store: undefined })'
  const seen = await warnings(production, script)
  t.is(seen.length, 1)
  t.is(seen[0]![0], 'SESSION_MEMORY_STORE')
  t.regex(seen[0]![1], /memory.*store/s)
})

const quiet: readonly [what: string, environment: Record<string, string>, script: string][] = [
  ['a store that was chosen', production, 'session(new Koa(), { store: new NullStore() })'],
  ['a memory store that was chosen', production, 'session(new Koa(), { store: new MemoryStore() })'],
  ['development', { NODE_ENV: 'development' }, 'session(new Koa())'],
  ['no environment at all', {}, 'session(new Koa())'],
]
for (const [what, environment, script] of quiet)
  test(`${what} is no reason to warn`, async (t) => {
    t.deepEqual(await warnings(environment, script), [])
  })

test('options that are refused do not warn', async (t) => {
  const script = 'try { session(new Koa(), { idleTimeout: 0 }) } catch {}'
  t.deepEqual(await warnings(production, script), [])
})

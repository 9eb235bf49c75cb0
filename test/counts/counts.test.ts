import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'
import type { Counted } from './counting-worker.ts'
import type { Counts } from './tally.ts'

/** The stages that run with default options; each is one generator. */
const STAGES = ['identify', 'persist', 'expireKeys', 'extendExpiry', 'flash'].length

type Work = Pick<Counts, 'store' | 'parsed' | 'serialised'>

const NOTHING: Work = { store: [], parsed: [], serialised: [] }

const { counted, lost } = await work()
const { apart, bare, conflict, empty, known, passing } = counted

async function work(): Promise<Counted> {
  const script = fileURLToPath(new URL('counting-worker.js', import.meta.url))
  const env = { ...process.env, NODE_ENV: 'production' }
  const { stdout } = await promisify(execFile)(process.execPath, [script], { env })
  return JSON.parse(stdout) as Counted
}

test('the counters count', (t) => {
  for (const [name, { store, parsed, serialised, promises, generators, asyncGenerators }] of Object.entries(
    counted,
  )) {
    const texts = `${parsed.length} parsed, ${serialised.length} serialised`
    const steps = `${promises} promises, ${generators} + ${asyncGenerators} generators`
    t.log(`${name}: ${store.join(', ') || 'no store'}; ${texts}; ${steps}`)
  }
  t.like(bare, { ...NOTHING, generators: 0, asyncGenerators: 0 })
  t.is(passing.promises, bare.promises)
  t.is(empty.promises, bare.promises + 2, 'what an async function returns, and what its await waits with')
  t.is(known.promises, bare.promises + 3)
  t.like(known, { store: [], parsed: ['[1, 2]'], serialised: ['[1,2]'], generators: 1, asyncGenerators: 1 })
})

const EXPECTED: readonly (readonly [title: string, name: keyof Counted['counted'], work: Work])[] = [
  ['without a cookie, nothing', 'none', NOTHING],
  ['untouched, the store is read', 'untouched', { ...NOTHING, store: ['get'] }],
  ['a read of a string', 'read', { store: ['get'], parsed: ['"alice"'], serialised: [] }],
  [
    'a look into an array, which might change it',
    'object',
    { store: ['get'], parsed: ['["reader","writer"]'], serialised: ['["reader","writer"]'] },
  ],
  ['a write', 'assign', { store: ['get', 'set'], parsed: [], serialised: ['"bob 3"'] }],
  ['a write of what was read', 'count', { store: ['get', 'set'], parsed: ['2'], serialised: ['3'] }],
  [
    'a new session',
    'fill',
    { store: ['set'], parsed: [], serialised: ['"alice"', '["reader","writer"]', '0', '[1,2,3]'] },
  ],
]

for (const [title, name, expected] of EXPECTED) {
  test(`${title}: just the values that it is about`, (t) => {
    const { store, parsed, serialised } = counted[name]
    t.deepEqual({ store, parsed, serialised }, expected)
  })

  test(`${title}: no promise beyond those of an empty middleware, since the store answers at once`, (t) => {
    t.true(counted[name].promises <= empty.promises, `${counted[name].promises} against ${empty.promises}`)
  })

  test(`${title}: no generator beyond one a stage`, (t) => {
    t.true(counted[name].generators <= STAGES, String(counted[name].generators))
    t.is(counted[name].asyncGenerators, 0)
  })
}

test('a conflict: nothing is parsed or serialised that would not be without it', (t) => {
  t.true(conflict.store.length > apart.store.length, `a conflict was to be had: ${conflict.store.join()}`)
  t.deepEqual(conflict.parsed, apart.parsed)
  t.is(conflict.serialised.length, apart.serialised.length)
})

test('a conflict: neither write is lost', (t) => {
  t.is(lost, 0)
})

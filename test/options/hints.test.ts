import test from 'ava'
import Koa from 'koa'
import { MemoryStore, session, SessionConfigError, StoreUnavailableError } from '../../src/index.ts'
import { formatDuration } from '../../src/checks/duration.ts'

const ELSEWHERE: [names: string, ours: RegExp][] = [
  ['maxAge expires ttl', /idleTimeout.*absoluteTimeout.*persistent/],
  ['key name cookieName cookie_name', /cookie: \{ name: 'sid' \}/],
  ['httpOnly secure sameSite domain path signed partitioned priority', /cookie: \{ /],
  ['secret keys password', /app\.keys.*signed.*SealedStore/],
  ['rolling renew', /expiryThreshold/],
  ['resave saveUninitialized', /stored only when something has changed/],
  ['autoCommit', /session\.save\(\)/],
  ['overwrite', /replaces an earlier cookie/],
  ['genid sid_generator', /token: \{ generate, validate \}/],
  ['prefix', /store/],
  ['encode decode', /serializer/],
  ['unset', /destroy/],
  ['externalKey ContextStore', /state/],
  ['valid beforeSave', /stages/],
  ['proxy', /app\.proxy/],
]
for (const [names, ours] of ELSEWHERE) {
  for (const name of names.split(' ')) {
    test(`the option ${name} of other libraries is answered with ours`, (t) => {
      const error = t.throws(() => session(new Koa(), { [name]: 1 }), {
        instanceOf: SessionConfigError,
      })
      t.true(error.message.startsWith(`Unknown option '${name}'. `), error.message)
      t.regex(error.message, ours)
    })
  }
}

const all = { atomic: true, shared: true, durable: true, expires: true, lock: false }
const nothing = (): undefined => undefined
const methods = { get: nothing, set: nothing, touch: nothing, delete: nothing }

const STORES: [what: string, store: unknown, message: RegExp][] = [
  ['the name of a store', 'FileStore', /new FileStore\(\{ dir \}\), got 'FileStore'/],
  ['nothing', null, /get, set, touch and delete.*got null/],
  ['a missing method', { ...methods, touch: undefined, capabilities: all }, /got a store without touch\./],
  [
    'several missing methods',
    { get: nothing, capabilities: all },
    /got a store without set, touch and delete\./,
  ],
  ['no capabilities', methods, /store\.capabilities to be an object of atomic, shared.*got undefined/],
  [
    'empty capabilities',
    { ...methods, capabilities: {} },
    /capabilities\.atomic to be true or false: .*undefined/,
  ],
  [
    'a capability that is not true or false',
    { ...methods, capabilities: { ...all, durable: 'yes' } },
    /capabilities\.durable to be true or false: .*, got 'yes'/,
  ],
  [
    'an unknown capability',
    { ...methods, capabilities: { ...all, atomik: true } },
    /Unknown option 'store\.capabilities\.atomik'. Did you mean 'store\.capabilities\.atomic'\?/,
  ],
  [
    'lock: true without a method',
    { ...methods, capabilities: { ...all, lock: true } },
    /method lock, since its capabilities\.lock is true, got undefined/,
  ],
  [
    'a sweep that is none',
    { ...methods, sweep: 5, capabilities: all },
    /store\.sweep to be a method or absent, got 5/,
  ],
  [
    'half a sealed store',
    { seal: nothing },
    /sealed store with the methods seal and open, got a store without open/,
  ],
]
for (const [what, store, message] of STORES) {
  test(`a store with ${what} is named at start`, (t) => {
    t.throws(() => session(new Koa(), { store: store as never }), { instanceOf: SessionConfigError, message })
  })
}

test('a store whose methods and capabilities are inherited is one', (t) => {
  t.notThrows(() => session(new Koa(), { store: Object.create(new MemoryStore()) as MemoryStore }))
})

test('durations are shown as people write them', (t) => {
  t.deepEqual(
    [5000, 90_000, 120_000, 7_200_000, 86_400_000, 30 * 86_400_000, 1500, 0.5, 0].map(formatDuration),
    ['5s', '90s', '2m', '2h', '1d', '30d', '1500ms', '0.5ms', '0ms'],
  )
})

test('a store that is unavailable says the code of its cause at the end', (t) => {
  const say = (cause: unknown): string =>
    new StoreUnavailableError('It failed.', { outcome: 'none', cause }).message
  const refused = Object.assign(new Error('no'), { code: 'ECONNREFUSED' })
  t.is(say(refused), 'It failed: ECONNREFUSED')
  t.is(say(new Error('wrapped', { cause: refused })), 'It failed: ECONNREFUSED')
  for (const cause of [undefined, null, 'text', new Error('no code'), { code: 42 }, { code: '' }])
    t.is(say(cause), 'It failed.')
})

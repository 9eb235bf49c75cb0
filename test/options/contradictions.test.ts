import test from 'ava'
import Koa from 'koa'
import {
  type Capabilities,
  CookieState,
  HeaderState,
  NullStore,
  session,
  SessionConfigError,
  type SessionOptions,
} from '../../src/index.ts'
import { planOptions } from '../../src/options/index.ts'

const configure = (options: object) => session(new Koa(), options as SessionOptions)
const storeThat = (can: Partial<Capabilities>): object => {
  const plain = new NullStore()
  return Object.defineProperty(plain, 'capabilities', { value: { ...plain.capabilities, ...can } })
}
let drawn = 0
const generate = (): string => `${'x'.repeat(22)}${(drawn += 1)}`
const validate = (): boolean => true
const persistent = new CookieState({ persistent: true })

const refused: readonly [what: string, options: object, says: RegExp][] = [
  [
    'an idle timeout beyond the absolute one',
    { idleTimeout: '2d', absoluteTimeout: '1d' },
    /idleTimeout.*absoluteTimeout, got 2d and 1d\./,
  ],
  ['an idle timeout beyond the default absolute one', { idleTimeout: '31d' }, /idleTimeout.*absoluteTimeout/],
  ['cookie options beside a state', { cookie: { name: 'x' }, state: new HeaderState() }, /cookie.*state/],
  ['cookie options beside a cookie state', { cookie: {}, state: new CookieState() }, /cookie.*state/],
  ['tokens of 21 characters', { token: { generate: () => 'x'.repeat(21), validate } }, /22 characters.*21/],
  ['empty tokens', { token: { generate: () => '', validate } }, /22 characters.*0/],
  ['tokens that are no text', { token: { generate: () => 5, validate } }, /generate.*string.*5/],
  ['tokens that are promised', { token: { generate: async () => 'x', validate } }, /generate.*Promise/],
  ['tokens that repeat', { token: { generate: () => 'x'.repeat(43), validate } }, /another token each time/],
  ['a validate that refuses the tokens', { token: { generate, validate: () => false } }, /validate.*false/],
  ['a pattern that refuses the tokens', { token: { generate, validate: /^y+$/ } }, /validate.*false/],
  ['a validate that promises', { token: { generate, validate: async () => true } }, /validate.*Promise/],
  ['a validate that says nothing', { token: { generate, validate: () => undefined } }, /validate.*undefined/],
  [
    'a persistent cookie beyond 400 days',
    { cookie: { persistent: true }, idleTimeout: '401d', absoluteTimeout: '500d' },
    /400 days/,
  ],
  [
    'a persistent cookie for ever',
    { cookie: { persistent: true }, idleTimeout: false, absoluteTimeout: false },
    /400 days/,
  ],
  [
    'a persistent cookie state beyond 400 days',
    { state: persistent, idleTimeout: false, absoluteTimeout: '401d' },
    /400 days/,
  ],
  [
    'a persistent cookie state in a list, beyond 400 days',
    { state: [new HeaderState(), persistent], idleTimeout: false, absoluteTimeout: '401d' },
    /400 days/,
  ],
  [
    'merge on a store that does not write atomically',
    { concurrency: 'merge', store: storeThat({ atomic: false }) },
    /'merge'.*store.*atomic/,
  ],
  [
    'lock on a store that does not lock',
    { concurrency: { mode: 'lock' }, store: storeThat({ lock: false }) },
    /'lock'.*store.*lock/,
  ],
  ['an option of another mode', { concurrency: { mode: 'merge', wait: '5s' } }, /concurrency\.wait.*'merge'/],
  ['the name of a property that the context has', { as: 'body' }, /ctx\.body.*'as'/],
  ['a name that all objects have', { as: 'constructor' }, /ctx\.constructor.*'as'/],
  ['the name of the prototype', { as: '__proto__' }, /__proto__/],
]
for (const [what, options, says] of refused)
  test(`${what}: refused`, (t) => {
    const { message } = t.throws(() => configure(options), { instanceOf: SessionConfigError })
    t.regex(message, says)
  })

const accepted: readonly [what: string, options: object][] = [
  ['equal timeouts', { idleTimeout: '1d', absoluteTimeout: '1d' }],
  ['any idle timeout without an absolute one', { idleTimeout: '900d', absoluteTimeout: false }],
  ['an absolute timeout alone', { idleTimeout: false, absoluteTimeout: '1h' }],
  ['no timeouts', { idleTimeout: false, absoluteTimeout: false }],
  ['cookie options beside a state that is undefined', { cookie: { name: 'x' }, state: undefined }],
  ['a state beside cookie options that are undefined', { cookie: undefined, state: new CookieState() }],
  ['tokens of 22 characters', { token: { generate: () => generate().slice(-22), validate } }],
  [
    'a persistent cookie for 400 days',
    { cookie: { persistent: true }, idleTimeout: '400d', absoluteTimeout: '500d' },
  ],
  [
    'a cookie until the browser closes, of sessions that never end',
    { idleTimeout: false, absoluteTimeout: false, state: [new CookieState()] },
  ],
  [
    'last-write on any store',
    { concurrency: 'last-write', store: storeThat({ atomic: false, lock: false }) },
  ],
  ['no mode on a store that does not write atomically', { store: storeThat({ atomic: false }) }],
]
for (const [what, options] of accepted)
  test(`${what}: accepted`, (t) => {
    t.notThrows(() => configure(options))
  })

test('an absolute timeout below the default idle timeout shortens that', (t) => {
  t.like(planOptions({ absoluteTimeout: '1h' }), { idleTimeout: 3_600_000, absoluteTimeout: 3_600_000 })
})

test('the cookie of a second name bears that name', (t) => {
  t.is((planOptions({ as: 'admin' }).state as CookieState).name, 'admin.sid')
  t.is((planOptions({ as: 'admin', cookie: { name: 'own' } }).state as CookieState).name, 'own')
})

test('two sessions of two names, and two of one name for two places, can be made for one application', (t) => {
  const app = new Koa()
  t.notThrows(() => [session(app), session(app, { as: 'admin' }), session(app)])
})

const applications: readonly [what: string, value: unknown, says: RegExp][] = [
  ['nothing', undefined, /got undefined/],
  ['null', null, /got null/],
  ['the options', { idleTimeout: '2h' }, /got \{ idleTimeout: '2h' \}/],
  ['the class', Koa, /got .*Application/],
  ['text', 'app', /got 'app'/],
  ['an express-like function', Object.assign(() => undefined, { emit: () => true }), /got .*Function/],
]
for (const [what, value, says] of applications)
  test(`${what} as the first argument is refused`, (t) => {
    const { message } = t.throws(() => session(value as Koa), { instanceOf: SessionConfigError })
    t.regex(message, /session\(app, options\)/)
    t.regex(message, says)
  })

test('an application as the second argument is refused', (t) => {
  t.throws(() => configure(new Koa()), { instanceOf: SessionConfigError })
})

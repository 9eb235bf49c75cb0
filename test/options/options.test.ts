import { inspect } from 'node:util'
import test from 'ava'
import Koa from 'koa'
import { session, SessionConfigError, type SessionOptions } from '../../src/index.ts'
import { planOptions } from '../../src/options/index.ts'
import { nothing, TABLE } from './table.ts'

const configure = (options: unknown) => session(new Koa(), options as SessionOptions)
const short = (value: unknown): string =>
  inspect(value, { depth: 1, breakLength: Infinity, maxStringLength: 30 }).slice(0, 60)

for (const [option, row] of Object.entries(TABLE)) {
  test(`${option} has the default that is documented`, (t) => {
    t.true(row.default(planOptions({})))
  })

  test(`${option}: undefined counts as not given`, (t) => {
    t.true(row.default(planOptions({ [option]: undefined })))
    t.notThrows(() => configure({ [option]: undefined }))
  })

  row.right.forEach((value, index) => {
    test(`${option} can be ${short(value)} (${index})`, (t) => {
      t.notThrows(() => configure({ [option]: value }))
    })
  })

  const wrong = row.wrong.map((value) => [value, option] as const)
  ;[...wrong, ...(row.details ?? [])].forEach(([value, name], index) => {
    test(`${option} cannot be ${short(value)} (${index})`, (t) => {
      const error = t.throws(() => configure({ [option]: value }), { instanceOf: SessionConfigError })
      t.is(error.code, 'ERR_SESSION_CONFIG')
      t.true(error.message.startsWith(`Expected ${name} to be `), error.message)
      t.regex(error.message, /, got .+$/s)
    })
  })
}

const slips: readonly [given: object, known: string][] = [
  [{ stor: {} }, 'store'],
  [{ states: [] }, 'state'],
  [{ cookies: {} }, 'cookie'],
  [{ idelTimeout: '2h' }, 'idleTimeout'],
  [{ absoluteTimout: '2h' }, 'absoluteTimeout'],
  [{ expireThreshold: 0 }, 'expiryThreshold'],
  [{ verifyAdress: true }, 'verifyAddress'],
  [{ verifyUseragent: true }, 'verifyUserAgent'],
  [{ flashtoState: true }, 'flashToState'],
  [{ concurency: 'lock' }, 'concurrency'],
  [{ saveOnErrors: true }, 'saveOnError'],
  [{ onStorError: 'throw' }, 'onStoreError'],
  [{ serialiser: JSON }, 'serializer'],
  [{ tokens: {} }, 'token'],
  [{ staegs: nothing }, 'stages'],
  [{ skipp: nothing }, 'skip'],
  [{ AS: 'admin' }, 'as'],
  [{ clok: nothing }, 'clock'],
  [{ typ: {} }, 'type'],
  [{ verifyAddress: { ipv: 4 } }, 'ipv4'],
  [{ verifyUserAgent: { onMissmatch: 'observe' } }, 'onMismatch'],
  [{ concurrency: { mode: 'lock', waits: 5 } }, 'wait'],
  [{ cookie: { samesite: 'lax' } }, 'sameSite'],
]
for (const [given, known] of slips)
  test(`${short(given)} is unknown, and the message suggests ${known}`, (t) => {
    const error = t.throws(() => configure(given), { instanceOf: SessionConfigError })
    t.regex(error.message, /^Unknown option /)
    t.true(new RegExp(`did you mean .*\\b${known}\\b`, 'i').test(error.message), error.message)
  })

test('a message about an option that is like no other lists those that there are', (t) => {
  const { message } = t.throws(() => configure({ colour: 'red' }), { instanceOf: SessionConfigError })
  t.true(message.includes("'colour'"))
  for (const option of Object.keys(TABLE)) t.regex(message, new RegExp(`\\b${option}\\b`))
})

test('an option that all objects inherit is unknown like any other', (t) => {
  for (const key of ['toString', 'constructor', 'hasOwnProperty'])
    t.throws(() => configure({ [key]: nothing }), { message: /^Unknown option/ })
  t.throws(() => configure(JSON.parse('{ "__proto__": {} }')), { message: /^Unknown option/ })
})

test('a message stays short, however long the mistake is', (t) => {
  const long = 'x'.repeat(1_000_000)
  for (const options of [
    { [long]: 1 },
    { idleTimeout: long },
    { onStoreError: { long } },
    { store: [long] },
  ]) {
    const { message } = t.throws(() => configure(options), { instanceOf: SessionConfigError })
    t.true(message.length < 1000)
  }
})

for (const options of [null, [], 'lock', 5, true, nothing])
  test(`the options themselves cannot be ${short(options)}`, (t) => {
    t.throws(() => configure(options), {
      instanceOf: SessionConfigError,
      message: /^Expected options to be an object, got /,
    })
  })

test('all options can be undefined at once, and so can the options', (t) => {
  const none = Object.fromEntries(Object.keys(TABLE).map((option) => [option, undefined]))
  t.notThrows(() => configure(none))
  t.notThrows(() => configure(undefined))
  t.like(planOptions(none), { idleTimeout: 7_200_000, as: 'session', onStoreError: 'throw' })
})

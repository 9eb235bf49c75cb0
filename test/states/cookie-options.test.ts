import test from 'ava'
import { SessionConfigError } from '../../src/errors.ts'
import { CookieState } from '../../src/states/cookie.ts'
import type { CookieOptions } from '../../src/states/cookie-options.ts'

const refused = (options: unknown): string => {
  try {
    Reflect.construct(CookieState, [options])
  } catch (error) {
    if (error instanceof SessionConfigError) return error.message
    throw error
  }
  return 'accepted'
}

const wrong: [option: keyof CookieOptions, value: unknown][] = [
  ['name', ''],
  ['name', 'a b'],
  ['name', 'a=b'],
  ['name', 'a;b'],
  ['name', 'sïd'],
  ['name', 7],
  ['path', 'admin'],
  ['path', '/a;b'],
  ['path', '/a\r\nSet-Cookie: b'],
  ['path', '/ü'],
  ['path', true],
  ['path', `/${'a'.repeat(1024)}`],
  ['domain', ''],
  ['domain', 'example.com; Path=/'],
  ['domain', 'https://example.com'],
  ['domain', 'exämple.com'],
  ['domain', 'a..b'],
  ['domain', true],
  ['secure', 'yes'],
  ['secure', 1],
  ['secure', null],
  ['httpOnly', 'true'],
  ['sameSite', 'Lax'],
  ['sameSite', true],
  ['partitioned', 'yes'],
  ['priority', 'High'],
  ['priority', 1],
  ['persistent', 3600],
  ['signed', 'yes'],
]
for (const [option, value] of wrong) {
  test(`cookie.${option} = ${JSON.stringify(value).slice(0, 40)} is refused, and the message says what was expected`, (t) => {
    t.regex(refused({ [option]: value }), new RegExp(`^Expected cookie\\.${option} to be .+, got .+`))
  })
}

test('a value that is refused is shown in full when it is short', (t) => {
  t.is(
    refused({ sameSite: 'Lax' }),
    "Expected cookie.sameSite to be 'lax', 'strict', 'none' or false, got 'Lax'",
  )
})

test('a huge value is not shown in full', (t) => {
  t.true(refused({ name: ' '.repeat(100_000) }).length < 300)
})

test('an unknown option is refused with the nearest name', (t) => {
  t.is(refused({ samesite: 'lax' }), "Unknown option 'cookie.samesite'. Did you mean 'cookie.sameSite'?")
})

test('an unknown option that resembles nothing is refused with all the names', (t) => {
  t.regex(refused({ colour: 'red' }), /^Unknown option 'cookie\.colour'\. Expected one of name, path, domain/)
})

test('maxAge is refused with a hint to the lifetimes', (t) => {
  t.regex(refused({ maxAge: 1000 }), /persistent, idleTimeout/)
})

for (const options of [null, 'sid', ['sid'], 7]) {
  test(`${JSON.stringify(options)} in place of the options is refused`, (t) => {
    t.regex(refused(options), /^Expected cookie to be an object/)
  })
}

test('an option that is undefined has its default', (t) => {
  t.is(new CookieState({ name: undefined, domain: undefined }).name, 'sid')
})

const contradictions: [sentence: string, options: CookieOptions, message: RegExp][] = [
  [
    '__Host- without secure: true',
    { name: '__Host-sid' },
    /cookie\.secure to be true .*__Host-.* got 'auto'/,
  ],
  ['__Host- with secure: false', { name: '__Host-sid', secure: false }, /cookie\.secure to be true/],
  ['__Host- with a path', { name: '__Host-sid', secure: true, path: '/a' }, /cookie\.path to be '\/'/],
  [
    '__Host- with a domain',
    { name: '__Host-sid', secure: true, domain: 'a.example' },
    /cookie\.domain to be false/,
  ],
  ['__host- in small letters', { name: '__host-sid' }, /cookie\.secure to be true .*__host-/],
  ['__Secure- without secure: true', { name: '__Secure-sid' }, /cookie\.secure to be true/],
  ['__SECURE- in capitals', { name: '__SECURE-sid' }, /cookie\.secure to be true/],
  [
    '__Http- without httpOnly',
    { name: '__Http-sid', secure: true, httpOnly: false },
    /cookie\.httpOnly to be true/,
  ],
  ['__Http- without secure: true', { name: '__Http-sid' }, /cookie\.secure to be true/],
  [
    '__Host-Http- without httpOnly',
    { name: '__Host-Http-sid', secure: true, httpOnly: false },
    /cookie\.httpOnly to be true/,
  ],
  [
    '__Host-Http- with a path',
    { name: '__Host-Http-sid', secure: true, path: '/a' },
    /cookie\.path to be '\/'/,
  ],
  ["sameSite: 'none' without secure: true", { sameSite: 'none' }, /cookie\.secure to be true .*sameSite/],
  ['partitioned without secure: true', { partitioned: true }, /cookie\.secure to be true .*partitioned/],
]
for (const [sentence, options, message] of contradictions) {
  test(`${sentence} is refused, as browsers would drop the cookie`, (t) => {
    t.regex(refused(options), message)
  })
}

const fine: CookieOptions[] = [
  { name: '__Host-sid', secure: true },
  { name: '__Secure-sid', secure: true, domain: 'example.com', path: '/a' },
  { name: '__Host-Http-sid', secure: true },
  { name: '__Http-sid', secure: true, path: '/a' },
  { sameSite: 'none', secure: true, partitioned: true },
  { path: false, domain: '.example.com', sameSite: false, priority: 'high' },
  { name: '__Hostess' },
]
for (const options of fine) {
  test(`${JSON.stringify(options)} is accepted`, (t) => {
    t.notThrows(() => new CookieState(options))
  })
}

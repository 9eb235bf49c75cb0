import test from 'ava'
import { SessionConfigError } from '../../src/errors.ts'
import { CookieState } from '../../src/states/cookie.ts'
import Koa from '../helpers/koa.ts'
import { anHourAhead, context, cookies, serve } from '../helpers/state-server.ts'

const signing = new CookieState({ signed: true })
const keyed = (...keys: string[]): Koa => Object.assign(new Koa(), { keys })

/** The value of the cookie that a server with these keys sets. */
const signed = (token: string, keys: string[], state = signing): string => {
  const ctx = context({}, '/', keyed(...keys))
  state.finalize(ctx, token, { expiresAt: anHourAhead(), fresh: true })
  return /=([^;]*)/.exec(String(ctx.res.getHeader('Set-Cookie')))?.[1] ?? ''
}
const read = (value: string, keys: string[], state = signing): readonly string[] =>
  state.extract(context({ cookie: `${state.name}=${value}` }, '/', keyed(...keys)))

test('a signed cookie is token and signature, and comes back as the token', async (t) => {
  const server = await serve(t, (ctx) => {
    signing.finalize(ctx, 't0ken', { expiresAt: anHourAhead(), fresh: true })
    ctx.body = signing.extract(ctx)
  })
  server.app.keys = ['one']
  const [line = ''] = cookies(await server.get())
  const value = line.slice(0, line.indexOf(';'))
  t.regex(value, /^sid=t0ken\.[\w-]{27}$/)
  t.deepEqual((await server.get('/', { Cookie: value })).body, ['t0ken'])
})

test('a token with dots of its own comes back', (t) => {
  t.deepEqual(read(signed('a.b.c', ['one']), ['one']), ['a.b.c'])
})

test('a cookie signed by an older key is known, and a new one is signed by the newest', (t) => {
  const old = signed('t0ken', ['old'])
  t.deepEqual(read(old, ['new', 'old']), ['t0ken'])
  t.is(signed('t0ken', ['new', 'old']), signed('t0ken', ['new']))
})

test('a cookie signed by a key that is gone is no candidate', (t) => {
  t.deepEqual(read(signed('t0ken', ['gone']), ['new']), [])
})

const tampered: [sentence: string, change: (value: string) => string][] = [
  ['another token', (value) => `x${value}`],
  ['another signature', (value) => `${value.slice(0, -1)}${value.endsWith('A') ? 'B' : 'A'}`],
  ['a shorter signature', (value) => value.slice(0, -1)],
  ['an empty signature', (value) => value.slice(0, value.indexOf('.') + 1)],
  ['no signature', (value) => value.slice(0, value.indexOf('.'))],
  ['no token', (value) => value.slice(value.indexOf('.'))],
  ['a dot alone', () => '.'],
  ['garbage', () => '\u00ff%%..\u0080'],
]
for (const [sentence, change] of tampered) {
  test(`a signed cookie with ${sentence} is no candidate`, (t) => {
    t.deepEqual(read(change(signed('t0ken', ['one'])), ['one']), [])
  })
}

test('a signature for a cookie of another name does not fit', (t) => {
  t.deepEqual(read(signed('t0ken', ['one'], new CookieState({ name: 'other', signed: true })), ['one']), [])
})

test('a forged cookie does not hide the right one behind it', (t) => {
  const value = signed('t0ken', ['one'])
  const ctx = context({ cookie: `sid=forged.signature; sid=${value}` }, '/', keyed('one'))
  t.deepEqual(signing.extract(ctx), ['t0ken'])
})

test('the signature counts for the size', (t) => {
  const error = t.throws(() => signed('a'.repeat(4093), ['one']), { code: 'ERR_SESSION_TOO_LARGE' })
  t.regex(error.message, /4124 bytes/)
})

for (const keys of [undefined, null, []]) {
  test(`app.keys = ${JSON.stringify(keys)} is a clear error at the first request`, (t) => {
    const ctx = context({}, '/', Object.assign(new Koa(), { keys }))
    const wanted = { instanceOf: SessionConfigError, message: /app\.keys .*cookie\.signed/ }
    t.throws(() => signing.extract(ctx), wanted)
    t.throws(() => signing.finalize(ctx, 't0ken', { expiresAt: anHourAhead(), fresh: true }), wanted)
  })
}

import test from 'ava'
import type { Context, Middleware } from 'koa'
import { SessionConfigError, SessionTooLargeError } from '../../src/errors.ts'
import { CookieState } from '../../src/states/cookie.ts'
import type { CookieAttributes, CookieOptions } from '../../src/states/cookie-options.ts'
import { anHourAhead, context, cookies, serve } from '../helpers/state-server.ts'

const DAY = 86_400_000

/** A handler that hands the token `t0ken` to the client. */
const giving =
  (options: CookieOptions = {}, attributes?: CookieAttributes): Middleware =>
  (ctx) => {
    new CookieState(options).finalize(ctx, 't0ken', { expiresAt: anHourAhead(), fresh: true, attributes })
    ctx.body = 'ok'
  }

const lines: [options: CookieOptions, line: string][] = [
  [{}, 'sid=t0ken; Path=/; HttpOnly; SameSite=Lax'],
  [{ secure: true }, 'sid=t0ken; Path=/; Secure; HttpOnly; SameSite=Lax'],
  [{ secure: false, httpOnly: false }, 'sid=t0ken; Path=/; SameSite=Lax'],
  [
    { path: '/app', domain: 'example.com' },
    'sid=t0ken; Path=/app; Domain=example.com; HttpOnly; SameSite=Lax',
  ],
  [{ path: false, sameSite: false }, 'sid=t0ken; HttpOnly'],
  [{ sameSite: 'strict', priority: 'high' }, 'sid=t0ken; Path=/; HttpOnly; SameSite=Strict; Priority=High'],
  [
    { name: '__Host-sid', secure: true, sameSite: 'none', partitioned: true, priority: 'low' },
    '__Host-sid=t0ken; Path=/; Secure; HttpOnly; SameSite=None; Partitioned; Priority=Low',
  ],
]
for (const [options, line] of lines) {
  test(`${JSON.stringify(options)} sets ${line}`, async (t) => {
    const server = await serve(t, giving(options))
    t.deepEqual(cookies(await server.get()), [line])
  })
}

test('a state tells its name and whether its cookie outlives the browser', (t) => {
  const state = new CookieState({ name: 'app.sid', persistent: true })
  t.is(state.name, 'app.sid')
  t.true(state.persistent)
  t.false(new CookieState().persistent)
})

test('the response depends on the Cookie header', (t) => {
  t.is(new CookieState().vary, 'Cookie')
})

test('a response with our cookie is not stored by caches, whatever the handler says', async (t) => {
  const server = await serve(t, (ctx, next) => {
    ctx.set('Cache-Control', 'public, max-age=60')
    return giving()(ctx, next)
  })
  t.is((await server.get()).headers['cache-control'], 'no-store')
})

test('without a proxy to trust, X-Forwarded-Proto does not make the cookie secure', async (t) => {
  const server = await serve(t, giving())
  t.notRegex(cookies(await server.get('/', { 'X-Forwarded-Proto': 'https' }))[0] ?? '', /Secure/)
})

test('behind a trusted proxy, the cookie of an HTTPS connection is secure', async (t) => {
  const server = await serve(t, giving())
  server.app.proxy = true
  t.regex(cookies(await server.get('/', { 'X-Forwarded-Proto': 'https' }))[0] ?? '', /; Secure/)
  t.notRegex(cookies(await server.get())[0] ?? '', /Secure/)
})

test('a persistent cookie lives until the session expires', async (t) => {
  const expiresAt = anHourAhead()
  const server = await serve(t, (ctx) => {
    new CookieState({ persistent: true }).finalize(ctx, 't0ken', {
      expiresAt,
      fresh: true,
      now: expiresAt - 3_600_000,
    })
    ctx.body = 'ok'
  })
  const line = `sid=t0ken; Expires=${new Date(expiresAt).toUTCString()}; Max-Age=3600; Path=/; HttpOnly; SameSite=Lax`
  t.deepEqual(cookies(await server.get()), [line])
})

test('a persistent cookie never claims more than 400 days by the given clock', (t) => {
  const now = Date.UTC(2030, 0, 1)
  for (const expiresAt of [now + 500 * DAY, Infinity]) {
    const ctx = context()
    new CookieState({ persistent: true }).finalize(ctx, 't0ken', { expiresAt, fresh: true, now })
    const expires = /Expires=([^;]+)/.exec(String(ctx.res.getHeader('Set-Cookie')))?.[1] ?? ''
    t.is(Date.parse(expires), now + 400 * DAY)
    t.regex(String(ctx.res.getHeader('Set-Cookie')), /; Max-Age=34560000;/)
  }
})

test('the life of a persistent cookie is said as a length of time too, by the given clock, and never as none', (t) => {
  const now = Date.UTC(2030, 0, 1)
  for (const [life, seconds] of [
    [7_200_000, 7200],
    [1500, 2],
    [400, 1],
    [0, 1],
  ] as const) {
    const ctx = context()
    new CookieState({ persistent: true }).finalize(ctx, 't0ken', { expiresAt: now + life, fresh: true, now })
    t.regex(String(ctx.res.getHeader('Set-Cookie')), new RegExp(`; Max-Age=${seconds};`))
  }
})

test('when only the deadline moved, a cookie of the browser session is not sent again', (t) => {
  const ctx = context()
  new CookieState().finalize(ctx, 't0ken', { expiresAt: anHourAhead(), fresh: false })
  t.deepEqual(ctx.res.getHeaderNames(), [])
})

test('when only the deadline moved, a persistent cookie is sent again', (t) => {
  const ctx = context()
  new CookieState({ persistent: true }).finalize(ctx, 't0ken', { expiresAt: anHourAhead(), fresh: false })
  t.regex(String(ctx.res.getHeader('Set-Cookie')), /^sid=t0ken; Expires=/)
})

test('attributes of the request make a cookie of the browser session out of a persistent one', (t) => {
  const ctx = context()
  const delivery = { expiresAt: anHourAhead(), fresh: false, attributes: { persistent: false } }
  new CookieState({ persistent: true }).finalize(ctx, 't0ken', delivery)
  t.deepEqual(ctx.res.getHeader('Set-Cookie'), ['sid=t0ken; Path=/; HttpOnly; SameSite=Lax'])
})

test('attributes of the request replace those of the options, and false leaves one out', async (t) => {
  const server = await serve(
    t,
    giving(
      { domain: 'example.com', priority: 'high' },
      { path: '/admin', domain: false, priority: false, sameSite: 'strict', secure: true },
    ),
  )
  t.deepEqual(cookies(await server.get()), ['sid=t0ken; Path=/admin; Secure; HttpOnly; SameSite=Strict'])
})

test('attributes of the request that are undefined change nothing', async (t) => {
  const server = await serve(t, giving({ path: '/app' }, { path: undefined }))
  t.deepEqual(cookies(await server.get()), ['sid=t0ken; Path=/app; HttpOnly; SameSite=Lax'])
})

const overrides: [attributes: unknown, message: RegExp][] = [
  [{ sameSite: 'Lax' }, /^Expected session\.cookieOptions\.sameSite to be/],
  [{ sameSite: 'none' }, /^Expected session\.cookieOptions\.secure to be true/],
  [{ path: '/;Domain=evil' }, /^Expected session\.cookieOptions\.path/],
  [{ http: true }, /^Unknown option 'session\.cookieOptions\.http'/],
  [{ name: 'other' }, /^Expected session\.cookieOptions\.name to be absent/],
  [{ signed: false }, /^Expected session\.cookieOptions\.signed to be absent/],
  ['Path=/', /^Expected session\.cookieOptions to be an object/],
  [null, /^Expected session\.cookieOptions to be an object/],
]
for (const [attributes, message] of overrides) {
  test(`attributes of the request are checked: ${JSON.stringify(attributes)}`, (t) => {
    const ctx = context()
    const unchecked: CookieAttributes = JSON.parse(JSON.stringify(attributes))
    const delivery = { expiresAt: anHourAhead(), fresh: true, attributes: unchecked }
    t.throws(() => new CookieState().finalize(ctx, 't0ken', delivery), {
      instanceOf: SessionConfigError,
      message,
    })
    t.throws(() => new CookieState().forget(ctx, unchecked), {
      instanceOf: SessionConfigError,
      message,
    })
    t.deepEqual(ctx.res.getHeaderNames(), [])
  })
}

test('forgetting repeats the attributes, empty and long past', async (t) => {
  const server = await serve(t, (ctx) => {
    const options = { domain: 'example.com', path: '/app', secure: true, partitioned: true } as const
    new CookieState(options).forget(ctx)
    ctx.body = 'ok'
  })
  const response = await server.get()
  t.deepEqual(cookies(response), [
    'sid=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/app; Domain=example.com; Secure; HttpOnly; SameSite=Lax; Partitioned',
  ])
  t.is(response.headers['cache-control'], 'no-store')
})

test('forgetting with attributes of the request repeats those', (t) => {
  const ctx = context()
  new CookieState().forget(ctx, { path: '/admin' })
  t.regex(String(ctx.res.getHeader('Set-Cookie')), /^sid=; .*; Path=\/admin;/)
})

const ours = 'sid=t0ken; Path=/; HttpOnly; SameSite=Lax'
const beside: [sentence: string, prepare: (ctx: Context) => void, lines: string[]][] = [
  ['beside a cookie set as a string', (ctx) => ctx.set('Set-Cookie', 'a=1'), ['a=1', ours]],
  [
    'beside cookies set as an array',
    (ctx) => ctx.set('set-cookie', ['a=1; Path=/x', 'a=2; Path=/']),
    ['a=1; Path=/x', 'a=2; Path=/', ours],
  ],
  ['beside a cookie of ctx.cookies', (ctx) => ctx.cookies.set('a', '1'), ['a=1; path=/; httponly', ours]],
  ['beside one whose name ours begins', (ctx) => ctx.append('Set-Cookie', 'sid.sig=1'), ['sid.sig=1', ours]],
  [
    'in place of an earlier one of ours',
    (ctx) => ctx.set('Set-Cookie', ['sid=old; Path=/', 'a=1', 'sid=older']),
    ['a=1', ours],
  ],
  ['in place of our deletion', (ctx) => new CookieState().forget(ctx), [ours]],
]
for (const [sentence, prepare, expected] of beside) {
  test(`our cookie is set ${sentence}`, async (t) => {
    const server = await serve(t, (ctx, next) => {
      prepare(ctx)
      return giving()(ctx, next)
    })
    t.deepEqual(cookies(await server.get()), expected)
  })
}

test('a cookie that the application sets after ours does not remove it', async (t) => {
  const server = await serve(t, async (ctx, next) => {
    await giving()(ctx, next)
    ctx.cookies.set('a', '1')
  })
  t.deepEqual(cookies(await server.get()), [ours, 'a=1; path=/; httponly'])
})

test('a list of cookie lines that the application holds is not changed', (t) => {
  const ctx = context()
  const held = ['a=1']
  ctx.res.setHeader('Set-Cookie', held)
  new CookieState().forget(ctx)
  t.deepEqual(held, ['a=1'])
})

test('name and value of 4096 bytes fit, one more is refused with the sizes, and nothing is set', (t) => {
  const ctx = context()
  const state = new CookieState()
  const delivery = { expiresAt: anHourAhead(), fresh: true }
  const error = t.throws(() => state.finalize(ctx, 'a'.repeat(4094), delivery), {
    instanceOf: SessionTooLargeError,
  })
  t.is(error.size, 4097)
  t.is(error.limit, 4096)
  t.deepEqual(ctx.res.getHeaderNames(), [])
  t.notThrows(() => state.finalize(ctx, 'a'.repeat(4093), delivery))
})

for (const token of ['', 'a;Domain=evil', 'a b', 'a\r\nb', 'ü', 'a,b', 'a"b', 'a\\b', '\u{1f36a}']) {
  test(`a token that cannot stand in a cookie is refused: ${JSON.stringify(token)}`, (t) => {
    const ctx = context()
    const error = t.throws(
      () => new CookieState().finalize(ctx, token, { expiresAt: anHourAhead(), fresh: true }),
      { instanceOf: SessionConfigError },
    )
    t.true(token === '' || !error.message.includes(token))
    t.deepEqual(ctx.res.getHeaderNames(), [])
  })
}

test('after the headers have been sent, nothing happens', async (t) => {
  const server = await serve(t, (ctx, next) => {
    ctx.respond = false
    ctx.res.write('early ')
    new CookieState().forget(ctx)
    void giving()(ctx, next)
    ctx.res.end('late')
  })
  const response = await server.get()
  t.deepEqual(cookies(response), [])
  t.deepEqual(server.errors, [])
})

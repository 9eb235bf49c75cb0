import { runInNewContext } from 'node:vm'
import { inspect } from 'node:util'
import test from 'ava'
import type { Context, Middleware } from 'koa'
import { CookieState } from '../../src/states/cookie.ts'
import { keepHeader, setSessionHeader } from '../../src/http/surviving-headers.ts'
import { anHourAhead, context, cookies, serve } from '../helpers/state-server.ts'

const COOKIE = 'sid=t0ken; Path=/; HttpOnly; SameSite=Lax'

/** Sets our cookie, then fails with what `thrown` gives. */
const failing =
  (thrown: (ctx: Context) => unknown): Middleware =>
  (ctx) => {
    const token = ctx.get('x-visitor') || 't0ken'
    new CookieState().finalize(ctx, token, { expiresAt: anHourAhead(), fresh: true })
    setSessionHeader(ctx, 'Vary', 'Cookie')
    throw thrown(ctx)
  }

test('without an error, headers are set once and nothing else changes', async (t) => {
  const server = await serve(t, (ctx) => {
    setSessionHeader(ctx, 'Set-Cookie', COOKIE)
    ctx.vary('Accept')
    setSessionHeader(ctx, 'Vary', 'Cookie')
    ctx.body = 'ok'
  })
  const response = await server.get()
  t.deepEqual(cookies(response), [COOKIE])
  t.is(response.headers['vary'], 'Accept, Cookie')
  t.is(response.text, 'ok')
})

const thrown: [sentence: string, make: () => unknown, status: number][] = [
  ['an error', () => new Error('boom'), 500],
  ['an error with a status', () => Object.assign(new Error('no'), { status: 401, expose: true }), 401],
  ['a frozen error', () => Object.freeze(new Error('boom')), 500],
  ['a frozen error with a status', () => Object.freeze(Object.assign(new Error('no'), { status: 403 })), 403],
  ['a sealed error', () => Object.seal(Object.assign(new Error('no'), { status: 403 })), 403],
  ['a non-extensible error', () => Object.preventExtensions(new TypeError('boom')), 500],
  ['a frozen error of another realm', () => runInNewContext('Object.freeze(new Error("boom"))'), 500],
  ['an error of another realm', () => runInNewContext('new Error("boom")'), 500],
  ['a string', () => 'boom', 500],
  ['a number', () => 7, 500],
  ['a plain object', () => ({ status: 401 }), 500],
  ['a frozen plain object', () => Object.freeze({ headers: { 'Set-Cookie': 'a=1' } }), 500],
  ['a symbol', () => Symbol('boom'), 500],
  [
    'an error whose headers are a getter',
    () => Object.defineProperty(new Error('boom'), 'headers', { get: () => ({ 'X-Own': '1' }) }),
    500,
  ],
  ['an error whose headers are no object', () => Object.assign(new Error('boom'), { headers: 'X: 1' }), 500],
]
for (const [sentence, make, status] of thrown) {
  test(`the headers of the session survive ${sentence}`, async (t) => {
    const server = await serve(t, failing(make))
    const response = await server.get()
    t.is(response.status, status)
    t.deepEqual(cookies(response), [COOKIE])
    t.is(response.headers['vary'], 'Cookie')
    t.is(response.headers['cache-control'], 'no-store')
    t.is(server.errors.length, 1)
  })
}

test('the headers of the session survive ctx.throw, and other headers go as they always do', async (t) => {
  const server = await serve(t, (ctx) => {
    ctx.cookies.set('a', '1')
    setSessionHeader(ctx, 'Set-Cookie', COOKIE)
    ctx.throw(401, 'Sign in', { headers: { 'WWW-Authenticate': 'Basic' } })
  })
  const response = await server.get()
  t.is(response.status, 401)
  t.is(response.text, 'Sign in')
  t.is(response.headers['www-authenticate'], 'Basic')
  t.deepEqual(cookies(response), [COOKIE])
})

test('an error that is caught further out leaves all headers as they are', async (t) => {
  const server = await serve(
    t,
    async (ctx, next) => {
      await next().catch(() => {
        ctx.body = 'caught'
      })
    },
    failing(() => new Error('boom')),
  )
  const response = await server.get()
  t.is(response.text, 'caught')
  t.deepEqual(cookies(response), [COOKIE])
})

test('an error that is handed to ctx.onerror later leaves the headers alive', async (t) => {
  const server = await serve(t, (ctx) => {
    ctx.respond = false
    setSessionHeader(ctx, 'Set-Cookie', COOKIE)
    setImmediate(() => ctx.onerror(new Error('boom')))
  })
  const response = await server.get()
  t.is(response.status, 500)
  t.deepEqual(cookies(response), [COOKIE])
})

test('one error object thrown for two visitors hands neither cookie to the other', async (t) => {
  const shared = Object.assign(new Error('boom'), { headers: { 'X-Shared': '1' } })
  const before = Object.getOwnPropertyDescriptors(shared.headers)
  const server = await serve(
    t,
    failing(() => shared),
  )
  const visitors = ['alice', 'bob', 'carol', 'dave']
  const responses = await Promise.all(visitors.map((name) => server.get('/', { 'X-Visitor': name })))
  for (const [index, response] of responses.entries()) {
    t.deepEqual(cookies(response), [COOKIE.replace('t0ken', visitors[index] ?? '')])
    t.is(response.headers['x-shared'], '1')
  }
  t.deepEqual(Object.getOwnPropertyDescriptors(shared.headers), before)
})

test('after an error without headers has been answered, it has none', async (t) => {
  const error = new Error('boom')
  const server = await serve(
    t,
    failing(() => error),
  )
  t.deepEqual(cookies(await server.get()), [COOKIE])
  t.false(Object.hasOwn(error, 'headers'))
})

test('after an error with headers has been answered, the property is what it was', async (t) => {
  const error = new Error('boom')
  const descriptor = { value: { 'X-Own': '1' }, enumerable: true, writable: false, configurable: true }
  Object.defineProperty(error, 'headers', descriptor)
  const server = await serve(
    t,
    failing(() => error),
  )
  t.is((await server.get()).headers['x-own'], '1')
  t.deepEqual(Object.getOwnPropertyDescriptor(error, 'headers'), descriptor)
})

for (const [sentence, make] of thrown) {
  test(`a listener of 'error' finds no cookie on ${sentence}`, async (t) => {
    const server = await serve(t, failing(make))
    const seen: string[] = []
    server.app.on('error', (error: Error) => {
      seen.push(inspect(error, { showHidden: true, getters: true, depth: 9 }), JSON.stringify(error))
      seen.push(inspect(Reflect.get(error, 'headers')), String(error.stack))
    })
    await server.get('/', { 'X-Visitor': 's3cret' })
    t.is(seen.length, 4)
    t.false(seen.join().includes('s3cret'))
  })
}

test('headers that a listener of error adds are sent too, and stay', async (t) => {
  const error = new Error('boom')
  const server = await serve(
    t,
    failing(() => error),
  )
  server.app.on('error', (heard: Error) => {
    Object.assign(heard, { headers: { 'X-Request-Id': '7' } })
  })
  const response = await server.get()
  t.is(response.headers['x-request-id'], '7')
  t.deepEqual(cookies(response), [COOKIE])
  t.deepEqual(Reflect.get(error, 'headers'), { 'X-Request-Id': '7' })
})

test('an error carries no header of the session, neither while it is answered nor when that fails', (t) => {
  const error = new Error('boom')
  const seen: PropertyKey[] = []
  const onerror = (heard: Error): never => {
    seen.push(...Reflect.ownKeys(heard))
    throw new RangeError('answer')
  }
  const ctx = Object.assign(context(), { onerror })
  keepHeader(ctx, 'Set-Cookie', COOKIE)
  t.throws(() => ctx.onerror(error), { message: 'answer' })
  t.deepEqual(seen, ['stack', 'message'])
  t.deepEqual(Reflect.ownKeys(error), ['stack', 'message'])
})

test('the headers of the session survive an onerror that removes all headers and answers later', async (t) => {
  const server = await serve(
    t,
    failing(() => new Error('boom')),
  )
  Object.assign(server.app.context, {
    onerror(this: Context, error: Error | null) {
      if (!error) return
      setImmediate(() => {
        for (const name of this.res.getHeaderNames()) this.res.removeHeader(name)
        this.res.writeHead(500, { 'X-Own': '1' }).end()
      })
    },
  })
  const response = await server.get()
  t.deepEqual([response.status, response.headers['x-own']], [500, '1'])
  t.deepEqual(cookies(response), [COOKIE])
  t.is(response.headers['vary'], 'Cookie')
})

const brought: [sentence: string, headers: Record<string, unknown>, field: string, value: unknown][] = [
  ['a cookie of the error stays', { 'Set-Cookie': 'a=1' }, 'set-cookie', ['a=1', COOKIE]],
  [
    'all cookies of the error stay, in any case of letters',
    { 'SET-COOKIE': ['a=1; Path=/x', 'a=2; Path=/'] },
    'set-cookie',
    ['a=1; Path=/x', 'a=2; Path=/', COOKIE],
  ],
  ['our own cookie, copied to the error, is sent once', { 'set-cookie': [COOKIE] }, 'set-cookie', [COOKIE]],
  ['Vary of the error is joined with ours', { vary: 'Accept, cookie' }, 'vary', 'Accept, cookie'],
  ['Vary of the error may be a list', { vary: ['Accept', 'Origin'] }, 'vary', 'Accept, Origin, Cookie'],
  ['Vary: * of the error is enough', { vary: '*' }, 'vary', '*'],
  ['our Cache-Control wins', { 'cache-control': 'public' }, 'cache-control', 'no-store'],
  ['any other header of the error is sent', { 'Retry-After': 5 }, 'retry-after', '5'],
]
for (const [sentence, headers, field, value] of brought) {
  test(sentence, async (t) => {
    const server = await serve(
      t,
      failing(() => Object.assign(new Error('boom'), { headers })),
    )
    const copy = structuredClone(headers)
    t.deepEqual((await server.get()).headers[field], value)
    t.deepEqual(headers, copy)
  })
}

test('keeping a header again replaces the former value, a cookie that of its name, and Vary adds up', async (t) => {
  const server = await serve(t, (ctx) => {
    keepHeader(ctx, 'Set-Cookie', ['sid=1', 'other=1'])
    keepHeader(ctx, 'set-cookie', 'sid=2')
    keepHeader(ctx, 'Vary', 'Cookie')
    keepHeader(ctx, 'vary', 'X-Session-Token, cookie')
    keepHeader(ctx, 'X-Session-Token', 'old')
    keepHeader(ctx, 'x-session-token', 'new')
    throw new Error('boom')
  })
  const response = await server.get()
  t.deepEqual(cookies(response), ['other=1', 'sid=2'])
  t.is(response.headers['vary'], 'Cookie, X-Session-Token')
  t.is(response.headers['x-session-token'], 'new')
})

test('keepHeader itself sets nothing', async (t) => {
  const server = await serve(t, (ctx) => {
    keepHeader(ctx, 'Set-Cookie', COOKIE)
    ctx.body = 'ok'
  })
  t.deepEqual(cookies(await server.get()), [])
})

test('an onerror of the application is still asked', async (t) => {
  const server = await serve(
    t,
    failing(() => new Error('boom')),
  )
  const former: Context['onerror'] = Reflect.get(server.app.context, 'onerror')
  Object.assign(server.app.context, {
    onerror(this: Context, error: Error | null) {
      if (error) Object.assign(error, { status: 418, expose: true })
      Reflect.apply(former, this, [error])
    },
  })
  const response = await server.get()
  t.is(response.status, 418)
  t.deepEqual(cookies(response), [COOKIE])
})

test('an error after the headers have been sent is passed on as it is', async (t) => {
  const error = Object.freeze(Object.assign(new Error('boom'), { headerSent: true }))
  const heard: unknown[] = []
  const server = await serve(t, async (ctx) => {
    keepHeader(ctx, 'Set-Cookie', COOKIE)
    ctx.respond = false
    ctx.res.write('early')
    try {
      ctx.onerror(error)
    } catch (raised) {
      heard.push(raised)
    }
    ctx.res.end()
  })
  const response = await server.get()
  t.deepEqual(cookies(response), [])
  t.false(Object.hasOwn(error, 'headers'))
})

test('inspecting a context shows no kept cookie', async (t) => {
  const server = await serve(t, (ctx) => {
    keepHeader(ctx, 'Set-Cookie', 'sid=s3cret')
    ctx.body = inspect(ctx, { customInspect: false, showHidden: true, depth: 3 })
  })
  t.false((await server.get()).text.includes('s3cret'))
})

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import test, { type ExecutionContext } from 'ava'
import type { Context } from 'koa'
import {
  CookieState,
  HeaderState,
  ParameterState,
  SealedStore,
  session,
  SessionConfigError,
  SessionError,
  type SessionOptions,
  SessionTooLargeError,
  UnsupportedError,
} from '../../src/index.ts'
import Koa from '../helpers/koa.ts'
import { type Loose, routes, tokenIn } from '../helpers/paths.ts'
import { type Served, serve } from '../helpers/serve.ts'

const KEY = 'a secret of more than thirty-two characters'
const OLDER = 'another secret of more than thirty-two characters'
const HOUR = 3_600_000

const sealed = (
  t: ExecutionContext,
  table: Parameters<typeof routes>[0],
  options: Record<string, unknown> & SessionOptions<object, string> = {},
): Promise<Served> => serve(t, routes(table), { store: new SealedStore({ keys: [KEY] }), ...options })

const pages: Parameters<typeof routes>[0] = {
  '/set': ({ session, query }) => Object.assign(session, query) && session.id,
  '/show': ({ session }) => ({ ...session }),
  '/id': ({ session }) => session.id,
  '/state': ({ session }) => ({
    isNew: session.isNew,
    endReason: session.endReason,
    expiresAt: session.expiresAt,
    createdAt: session.createdAt,
  }),
  '/plain': () => 'nothing of a session',
}

const showing = (token: string | undefined): Record<string, string> => ({ Cookie: `sid=${token}` })

test('data come back with the next request, though the server keeps nothing', async (t) => {
  const served = await sealed(t, pages)
  const browser = served.visitor()
  await browser.get('/set?name=Zo%C3%AB')
  t.deepEqual((await browser.get('/show')).body, { name: 'Zoë' })
})

test('another process with the same key goes on with the session', async (t) => {
  const first = await sealed(t, pages)
  const second = await sealed(t, pages, { clock: first.clock })
  const token = tokenIn(await first.visitor().get('/set?name=Ada'))
  t.deepEqual((await second.visitor().get('/show', showing(token))).body, { name: 'Ada' })
})

test('the cookie shows nothing of the data', async (t) => {
  const served = await sealed(t, pages)
  const token = tokenIn(await served.visitor().get('/set?name=confidential'))
  t.false(Buffer.from(token!, 'base64url').toString('latin1').includes('confidential'))
})

test('a request without a session does nothing', async (t) => {
  const served = await sealed(t, pages)
  const { cookies, headers } = await served.visitor().get('/plain')
  t.deepEqual(cookies, [])
  t.is(headers['vary'], undefined)
})

test('looking creates nothing', async (t) => {
  const served = await sealed(t, pages)
  t.deepEqual((await served.visitor().get('/show')).cookies, [])
  t.deepEqual(served.events, [])
})

test('a cookie is set only when something has changed', async (t) => {
  const served = await sealed(t, pages)
  const browser = served.visitor()
  t.truthy(tokenIn(await browser.get('/set?a=1')))
  t.deepEqual((await browser.get('/show')).cookies, [])
  t.deepEqual((await browser.get('/set?a=1')).cookies, [])
})

test('a cookie that is set comes with Cache-Control and Vary', async (t) => {
  const served = await sealed(t, pages)
  const { headers } = await served.visitor().get('/set?a=1')
  t.is(headers['cache-control'], 'no-store')
  t.regex(headers['vary']!, /Cookie/)
})

test('every save makes a new token and keeps the id inside', async (t) => {
  const served = await sealed(t, pages)
  const browser = served.visitor()
  const first = await browser.get('/set?a=1')
  const second = await browser.get('/set?a=2')
  t.not(tokenIn(second), tokenIn(first))
  t.truthy(tokenIn(second))
  t.is(second.text, first.text)
  t.is((await browser.get('/id')).text, first.text)
})

test('the id is neither the token nor a part of it', async (t) => {
  const served = await sealed(t, pages)
  const answer = await served.visitor().get('/set?a=1')
  t.regex(answer.text, /^[\w-]{22,}$/)
  t.false(tokenIn(answer)!.includes(answer.text))
})

test('touch makes a new token with a later deadline', async (t) => {
  const served = await sealed(t, {
    ...pages,
    '/touch': async ({ session }) => {
      await session.touch()
      return session.expiresAt
    },
  })
  const browser = served.visitor()
  const before = tokenIn(await browser.get('/set?a=1'))
  served.clock.advance('1s')
  const touched = await browser.get('/touch')
  t.not(tokenIn(touched), before)
  t.is(Date.parse(touched.body as string), served.clock() + 2 * HOUR)
  served.clock.advance('2h')
  t.deepEqual((await browser.get('/show')).body, { a: '1' })
})

for (const [what, state, carrier] of [
  ['a cookie', new CookieState(), 'cookie'],
  ['a signed cookie', new CookieState({ signed: true }), 'cookie'],
  ['a header', new HeaderState(), 'header'],
  ['a parameter', new ParameterState(), 'parameter'],
  ['a list', [new HeaderState(), new CookieState()], 'header'],
] as const) {
  test(`a new session that is too large for ${what} is an error before it is said to have been created`, async (t) => {
    const large = { '/large': (ctx: Loose) => (ctx.session.large = LARGE) }
    const served = await sealed(t, large, { state })
    served.app.keys = ['a key for signatures']
    const { status, headers } = await served.visitor().get('/large')
    t.deepEqual([status, headers['set-cookie'], headers['x-session-token']], [500, undefined, undefined])
    t.deepEqual(served.events, [])
    const [error] = served.errors as SessionTooLargeError[]
    t.is(error?.code, 'ERR_SESSION_TOO_LARGE')
    t.is(error?.limit, 4096)
    t.true(error?.message.startsWith(`The sealed session needs a ${carrier} of `))
  })
}

test('the limit of a header is an option of its state', async (t) => {
  const large = { '/large': (ctx: Loose) => (ctx.session.large = LARGE) }
  const wide = await sealed(t, large, { state: new HeaderState({ maxBytes: 8000 }) })
  t.is((await wide.visitor().get('/large')).status, 200)
  const narrow = await sealed(t, large, { state: new HeaderState({ maxBytes: 300 }) })
  t.is((await narrow.visitor().get('/large')).status, 500)
  t.is((narrow.errors[0] as SessionTooLargeError).limit, 300)
})

test('touch creates an empty session', async (t) => {
  const served = await sealed(t, {
    ...pages,
    '/touch': async ({ session }) => {
      await session.touch()
    },
  })
  const browser = served.visitor()
  t.truthy(tokenIn(await browser.get('/touch')))
  t.like((await browser.get('/state')).body, { isNew: false })
})

test('the threshold rule extends an unmodified session by a new token', async (t) => {
  const served = await sealed(t, pages)
  const browser = served.visitor()
  await browser.get('/set?a=1')
  served.clock.advance('30s')
  t.deepEqual((await browser.get('/show')).cookies, [])
  served.clock.advance('31s')
  t.truthy(tokenIn(await browser.get('/show')))
  served.clock.advance('2h')
  t.deepEqual((await browser.get('/show')).body, { a: '1' })
})

test('the deadline inside is enforced: alive at it, gone after it', async (t) => {
  const served = await sealed(t, pages)
  const token = tokenIn(await served.visitor().get('/set?a=1'))
  served.clock.advance('2h')
  t.deepEqual((await served.visitor().get('/show', showing(token))).body, { a: '1' })
  served.clock.advance(1)
  const late = await served.visitor().get('/state', showing(token))
  t.like(late.body, { isNew: true, endReason: 'session expired' })
  t.deepEqual(late.cookies, [])
  t.deepEqual(
    served.events.map(([name]) => name),
    ['created', 'expired'],
  )
})

test('the absolute deadline holds, however often the token is renewed', async (t) => {
  const served = await sealed(t, pages, { idleTimeout: '1h', absoluteTimeout: '2h' })
  const browser = served.visitor()
  await browser.get('/set?a=0')
  for (const a of [1, 2]) {
    served.clock.advance('1h')
    t.deepEqual((await browser.get(`/set?a=${a}`)).status, 200)
  }
  t.deepEqual((await browser.get('/show')).body, { a: '2' })
  served.clock.advance(1)
  t.deepEqual((await browser.get('/show')).body, {})
})

test('a tampered cookie is no session, without a reason and without an error', async (t) => {
  const served = await sealed(t, pages)
  const token = tokenIn(await served.visitor().get('/set?a=1'))!
  const tampered = token.slice(0, 40) + (token[40] === 'A' ? 'B' : 'A') + token.slice(41)
  const { status, body, cookies } = await served.visitor().get('/state', showing(tampered))
  t.is(status, 200)
  t.like(body, { isNew: true, endReason: undefined })
  t.deepEqual(cookies, [])
  t.is(served.events.at(-1)![0], 'invalid')
  t.deepEqual(served.errors, [])
})

test("garbage and another application's token are no session", async (t) => {
  const served = await sealed(t, pages)
  const foreign = new SealedStore({ keys: [OLDER] }).seal('id', '{}\n{"data":{"a":1},"flash":{}}', 9e15)
  for (const token of ['x', 'A'.repeat(4000), foreign, '""', '%00']) {
    const { status, body } = await served.visitor().get('/show', showing(token))
    t.deepEqual([status, body], [200, {}])
  }
})

test('writing after a garbage cookie begins a session with an id and token of its own', async (t) => {
  const served = await sealed(t, pages)
  const answer = await served.visitor().get('/set?a=1', showing('garbage'))
  t.deepEqual((await served.visitor().get('/show', showing(tokenIn(answer)))).body, { a: '1' })
})

test('of several cookies of our name the one that opens is the session', async (t) => {
  const served = await sealed(t, pages)
  const token = tokenIn(await served.visitor().get('/set?a=1'))
  const { body } = await served.visitor().get('/show', { Cookie: `sid=planted; sid=${token}` })
  t.deepEqual(body, { a: '1' })
})

test('a token of an older key opens, and the next save seals it with the newest', async (t) => {
  const before = await sealed(t, pages, { store: new SealedStore({ keys: [OLDER] }) })
  const after = await sealed(t, pages, {
    store: new SealedStore({ keys: [KEY, OLDER] }),
    clock: before.clock,
  })
  const old = await before.visitor().get('/set?a=1')
  t.deepEqual((await after.visitor().get('/show', showing(tokenIn(old)))).body, { a: '1' })
  const saved = await after.visitor().get('/set?b=2', showing(tokenIn(old)))
  t.is(saved.text, old.text)
  const newest = await sealed(t, pages, { clock: before.clock })
  t.deepEqual((await newest.visitor().get('/show', showing(tokenIn(saved)))).body, { a: '1', b: '2' })
})

test('a token of an older key is sealed with the newest when it is extended', async (t) => {
  const before = await sealed(t, pages, { store: new SealedStore({ keys: [OLDER] }) })
  const { clock } = before
  const after = await sealed(t, pages, { store: new SealedStore({ keys: [KEY, OLDER] }), clock })
  const old = tokenIn(await before.visitor().get('/set?a=1'))
  clock.advance('2m')
  const extended = tokenIn(await after.visitor().get('/show', showing(old)))
  const newest = await sealed(t, pages, { clock })
  t.deepEqual((await newest.visitor().get('/show', showing(extended))).body, { a: '1' })
})

test('destroy forgets the cookie', async (t) => {
  const served = await sealed(t, {
    ...pages,
    '/destroy': async ({ session }) => {
      await session.destroy('logout')
      return session.endReason
    },
  })
  const browser = served.visitor()
  await browser.get('/set?a=1')
  const { cookies, text } = await browser.get('/destroy')
  t.is(text, 'logout')
  t.regex(cookies[0]!, /^sid=; Expires=Thu, 01 Jan 1970/)
  t.deepEqual((await browser.get('/show')).body, {})
  t.deepEqual(
    served.events.map(([name]) => name),
    ['created', 'destroyed'],
  )
})

test('a copy of an old cookie restores the session until the deadline inside: what is documented', async (t) => {
  const served = await sealed(t, {
    ...pages,
    '/destroy': ({ session }) => session.destroy(),
  })
  const browser = served.visitor()
  const copy = tokenIn(await browser.get('/set?a=1'))
  await browser.get('/set?a=2')
  await browser.get('/destroy')
  t.deepEqual((await served.visitor().get('/show', showing(copy))).body, { a: '1' })
  served.clock.advance('2h')
  served.clock.advance(1)
  t.deepEqual((await served.visitor().get('/show', showing(copy))).body, {})
})

test('writing after destroy begins a new session with a new id', async (t) => {
  const served = await sealed(t, {
    ...pages,
    '/anew': async (ctx) => {
      await ctx.session.destroy()
      ctx.session.b = 2
      return ctx.session.id
    },
  })
  const browser = served.visitor()
  const { text: id } = await browser.get('/set?a=1')
  const anew = await browser.get('/anew')
  t.not(anew.text, id)
  t.is(anew.cookies.length, 1)
  t.deepEqual((await browser.get('/show')).body, { b: 2 })
  t.is((await browser.get('/id')).text, anew.text)
})

test('changeId gives a new id and token at once and keeps everything', async (t) => {
  const served = await sealed(t, {
    ...pages,
    '/change': async ({ session }) => {
      session.b = 2
      session.flash.notice = 'hello'
      await session.changeId()
      return session.id
    },
    '/all': ({ session }) => ({ data: { ...session }, flash: { ...session.flash }, id: session.id }),
  })
  const browser = served.visitor()
  const first = await browser.get('/set?a=1')
  const changed = await browser.get('/change')
  t.not(changed.text, first.text)
  t.not(tokenIn(changed), tokenIn(first))
  t.is(changed.cookies.length, 1)
  t.deepEqual((await browser.get('/all')).body, {
    data: { a: '1', b: 2 },
    flash: { notice: 'hello' },
    id: changed.text,
  })
})

test('changeId of a session that is not stored yet keeps its data', async (t) => {
  const served = await sealed(t, {
    ...pages,
    '/new': async ({ session }) => {
      session.a = 1
      const { id } = session
      await session.changeId()
      return session.id !== id
    },
  })
  const browser = served.visitor()
  t.is((await browser.get('/new')).text, 'true')
  t.deepEqual((await browser.get('/show')).body, { a: 1 })
})

test('changeId with noStore keeps the stored data under the new id', async (t) => {
  const served = await sealed(t, {
    ...pages,
    '/change': async ({ session }) => {
      session.b = 2
      session.noStore = true
      await session.changeId()
      return session.id
    },
  })
  const browser = served.visitor()
  await browser.get('/set?a=1')
  const { text: id } = await browser.get('/change')
  t.is((await browser.get('/id')).text, id)
  t.deepEqual((await browser.get('/show')).body, { a: '1' })
})

for (const [what, keep, data] of [
  ['nothing', undefined, {}],
  ['some keys', { keep: ['a'] }, { a: '1' }],
  ['everything', { keep: true }, { a: '1', b: '2' }],
] as const) {
  test(`regenerate that keeps ${what} begins anew under a new id`, async (t) => {
    const served = await sealed(t, {
      ...pages,
      '/regenerate': async (ctx) => {
        ctx.session.flash.notice = 'never carried'
        await ctx.session.regenerate(keep)
        ctx.session.c = 3
        return { id: ctx.session.id }
      },
      '/all': ({ session }) => ({ data: { ...session }, flash: { ...session.flash } }),
    })
    const browser = served.visitor()
    const first = await browser.get('/set?a=1&b=2')
    served.clock.advance('1m')
    const again = await browser.get('/regenerate')
    const { id } = again.body as { id: string }
    t.not(id, first.text)
    t.is(again.cookies.length, 1)
    t.is((await browser.get('/id')).text, id)
    t.deepEqual((await browser.get('/all')).body, { data: { ...data, c: 3 }, flash: {} })
    const { createdAt } = (await browser.get('/state')).body as { createdAt: string }
    t.is(Date.parse(createdAt), served.clock())
  })

  test(`regenerate that keeps ${what}, with nothing written afterwards, is told to the client`, async (t) => {
    const served = await sealed(t, {
      ...pages,
      '/regenerate': async ({ session }) => {
        await session.regenerate(keep)
      },
    })
    const browser = served.visitor()
    await browser.get('/set?a=1&b=2')
    const { cookies, status } = await browser.get('/regenerate')
    t.is(status, 200)
    t.is(cookies.length, 1)
    t.deepEqual((await browser.get('/show')).body, data)
  })
}

test('noStore keeps the old data and the old token', async (t) => {
  const served = await sealed(t, {
    ...pages,
    '/no-store': ({ session }) => {
      session.a = 'changed'
      session.noStore = true
    },
  })
  const browser = served.visitor()
  await browser.get('/set?a=1')
  t.deepEqual((await browser.get('/no-store')).cookies, [])
  t.deepEqual((await browser.get('/show')).body, { a: '1' })
})

test('noStore of a new session creates none', async (t) => {
  const served = await sealed(t, {
    ...pages,
    '/no-store': ({ session }) => {
      session.a = 1
      session.noStore = true
    },
  })
  t.deepEqual((await served.visitor().get('/no-store')).cookies, [])
})

test('a request that fails keeps the old data', async (t) => {
  const served = await sealed(t, {
    ...pages,
    '/fail': ({ session }) => {
      session.a = 'half done'
      throw new Error('handler')
    },
  })
  const browser = served.visitor()
  await browser.get('/set?a=1')
  const { status, cookies } = await browser.get('/fail')
  t.is(status, 500)
  t.deepEqual(cookies, [])
  t.deepEqual((await browser.get('/show')).body, { a: '1' })
})

test('a thrown error below 500 saves, and the cookie survives it', async (t) => {
  const served = await sealed(t, {
    ...pages,
    '/deny': (ctx) => {
      ctx.session.tries = 1
      ctx.throw(401)
    },
  })
  const browser = served.visitor()
  const { status, cookies } = await browser.get('/deny')
  t.is(status, 401)
  t.is(cookies.length, 1)
  t.deepEqual((await browser.get('/show')).body, { tries: 1 })
})

test('save seals what is there, and the commit what came after it, in one cookie', async (t) => {
  const served = await sealed(t, {
    ...pages,
    '/save': async ({ session }) => {
      session.a = 1
      await session.save()
      session.b = 2
    },
  })
  const browser = served.visitor()
  t.is((await browser.get('/save')).cookies.length, 1)
  t.deepEqual((await browser.get('/show')).body, { a: 1, b: 2 })
})

test('what save has sealed is kept when the request fails', async (t) => {
  const served = await sealed(t, {
    ...pages,
    '/save': async ({ session }) => {
      session.a = 'saved'
      await session.save()
      session.a = 'half done'
      throw new Error('handler')
    },
  })
  const browser = served.visitor()
  t.is((await browser.get('/save')).status, 500)
  t.deepEqual((await browser.get('/show')).body, { a: 'saved' })
})

test('reload drops unsaved changes', async (t) => {
  const served = await sealed(t, {
    ...pages,
    '/reload': async ({ session }) => {
      session.a = 2
      await session.save()
      session.a = 3
      await session.reload()
      return { ...session }
    },
  })
  const browser = served.visitor()
  await browser.get('/set?a=1')
  t.deepEqual((await browser.get('/reload')).body, { a: 2 })
})

test('times, lifetime, key deadlines and bindings travel inside', async (t) => {
  const served = await sealed(
    t,
    {
      ...pages,
      '/own': ({ session }) => {
        session.idleTimeout = '10m'
        session.code = 42
        session.expireKey('code', '5m')
      },
      '/lives': ({ session }) => [session.idleTimeout, session.boundUserAgent, { ...session }],
    },
    { verifyUserAgent: true },
  )
  const browser = served.visitor()
  const agent = createHash('sha256').update('one').digest('base64url')
  await browser.get('/own', { 'User-Agent': 'one' })
  served.clock.advance('5m')
  t.deepEqual((await browser.get('/lives', { 'User-Agent': 'one' })).body, [600_000, agent, { code: 42 }])
  served.clock.advance(1)
  t.deepEqual((await browser.get('/lives', { 'User-Agent': 'one' })).body, [600_000, agent, {}])
  t.like((await browser.get('/state', { 'User-Agent': 'two' })).body, { endReason: 'user agent mismatch' })
})

// Too large

const LARGE = 'x'.repeat(4000)

test('a session that is too large for its cookie is a 500 that leaves the former cookie alone', async (t) => {
  const served = await sealed(t, {
    ...pages,
    '/large': (ctx) => {
      ctx.session.large = LARGE
      ctx.set('X-Handler', 'yes')
      return 'done'
    },
  })
  const browser = served.visitor()
  await browser.get('/set?a=1')
  const { status, text, cookies, headers } = await browser.get('/large')
  t.is(status, 500)
  t.is(text, 'Internal Server Error')
  t.deepEqual(cookies, [])
  t.is(headers['x-handler'], undefined)
  t.is(served.errors.length, 1)
  const error = served.errors[0] as SessionTooLargeError
  t.true(error instanceof SessionTooLargeError)
  t.is(error.code, 'ERR_SESSION_TOO_LARGE')
  t.is(error.limit, 4096)
  t.true(error.size > 5300 && error.size < 5700)
  t.regex(error.message, new RegExp(`${error.size}.*4096`))
  t.false(inspectable(error).includes('xxxx'))
  t.deepEqual((await browser.get('/show')).body, { a: '1' })
})

function inspectable(error: Error): string {
  return `${error.stack} ${JSON.stringify(error)}`
}

test('a new session that is too large sets no cookie', async (t) => {
  const served = await sealed(t, {
    '/large': ({ session }) => {
      session.large = LARGE
    },
  })
  const { status, cookies } = await served.visitor().get('/large')
  t.is(status, 500)
  t.deepEqual(cookies, [])
})

const fill = ({ session, query }: Context): void => {
  session.large = 'x'.repeat(Number(query['length']))
}

test('the name of the cookie counts, and exactly 4096 bytes of both pass', async (t) => {
  // With a name of four characters base64url can fill it to the byte.
  const served = await sealed(t, { '/fill': fill }, { cookie: { name: 'sess' } })
  const sizes: number[] = []
  for (let length = 2850; length <= 2960; length++) {
    const answer = await served.visitor().get(`/fill?length=${length}`)
    if (answer.status === 200) sizes.push('sess'.length + tokenIn(answer, 'sess')!.length)
  }
  t.is(Math.max(...sizes), 4096)
  const refused = (served.errors as SessionTooLargeError[]).map((error) => error.size)
  t.true(refused.length > 0)
  t.true(refused.every((size) => size > 4096 && size < 4200))
})

test('save rejects when the session is too large, before anything has been sent', async (t) => {
  const served = await sealed(t, {
    ...pages,
    '/large': async (ctx) => {
      ctx.session.large = LARGE
      const error = await ctx.session.save().catch((error: unknown) => error)
      delete ctx.session.large
      ctx.session.b = 2
      return { code: error.code, size: error.size, limit: error.limit }
    },
  })
  const browser = served.visitor()
  await browser.get('/set?a=1')
  const { status, body, cookies } = await browser.get('/large')
  t.is(status, 200)
  t.like(body, { code: 'ERR_SESSION_TOO_LARGE', limit: 4096 })
  t.is(cookies.length, 1)
  t.deepEqual((await browser.get('/show')).body, { a: '1', b: 2 })
})

test('save that rejects and is not caught is a 500 with the former cookie alive', async (t) => {
  const served = await sealed(t, {
    ...pages,
    '/large': async ({ session }) => {
      session.large = LARGE
      await session.save()
    },
  })
  const browser = served.visitor()
  await browser.get('/set?a=1')
  const { status, cookies } = await browser.get('/large')
  t.is(status, 500)
  t.deepEqual(cookies, [])
  t.true(served.errors[0] instanceof SessionTooLargeError)
  t.deepEqual((await browser.get('/show')).body, { a: '1' })
})

test('what does not fit is not forgotten when the handler ignores it', async (t) => {
  const served = await sealed(t, {
    ...pages,
    '/large': async ({ session }) => {
      session.large = LARGE
      await session.save().catch(() => undefined)
      return 'ignored'
    },
  })
  const browser = served.visitor()
  await browser.get('/set?a=1')
  const { status, cookies } = await browser.get('/large')
  t.is(status, 500)
  t.deepEqual(cookies, [])
  t.true(served.errors[0] instanceof SessionTooLargeError)
})

test('the error of the handler is the one that is answered, the size is reported', async (t) => {
  const served = await sealed(t, {
    '/large': (ctx) => {
      ctx.session.large = LARGE
      ctx.throw(403, 'not you')
    },
  })
  const { status, text, cookies } = await served.visitor().get('/large')
  t.is(status, 403)
  t.is(text, 'not you')
  t.deepEqual(cookies, [])
  t.true(served.errors.some((error) => error instanceof SessionTooLargeError))
})

// What it cannot do

test('update rejects', async (t) => {
  const served = await sealed(t, {
    ...pages,
    '/update': async ({ session }) => {
      const error = await session.update(() => undefined).catch((error: unknown) => error)
      return [error instanceof UnsupportedError, error.code]
    },
  })
  t.deepEqual((await served.visitor().get('/update')).body, [true, 'ERR_SESSION_UNSUPPORTED'])
})

test('lateStore is refused at the assignment', async (t) => {
  const served = await sealed(t, {
    '/late': ({ session }) => {
      session.lateStore = true
    },
  })
  const { status } = await served.visitor().get('/late')
  t.is(status, 500)
})

test('lateStore is refused with an UnsupportedError, and false is harmless', async (t) => {
  const served = await sealed(t, {
    '/late': ({ session }) => {
      session.lateStore = false
      return t.throws(() => (session.lateStore = true), { instanceOf: UnsupportedError }).code
    },
  })
  t.is((await served.visitor().get('/late')).text, 'ERR_SESSION_UNSUPPORTED')
})

for (const concurrency of ['merge', 'lock', { mode: 'merge' }, { mode: 'lock' }] as const) {
  test(`concurrency ${JSON.stringify(concurrency)} is refused at start`, (t) => {
    const store = new SealedStore({ keys: [KEY] })
    t.throws(() => session(new Koa(), { store, concurrency }), {
      instanceOf: SessionConfigError,
      message: /cannot be honoured/,
    })
    const sessions = session(new Koa(), { store })
    t.throws(() => sessions.with({ concurrency }), { instanceOf: SessionConfigError })
  })
}

test("concurrency 'last-write' is what it does", (t) => {
  t.notThrows(() =>
    session(new Koa(), { store: new SealedStore({ keys: [KEY] }), concurrency: 'last-write' }),
  )
})

for (const verb of ['save', 'touch', 'changeId', 'regenerate'] as const) {
  test(`${verb} after the headers rejects, for the record cannot leave any more`, async (t) => {
    const outcome: unknown[] = []
    const served = await sealed(t, {
      ...pages,
      '/late': async (ctx) => {
        ctx.session.a = 'too late'
        served.clock.advance('1s')
        ctx.respond = false
        ctx.status = 200
        ctx.res.flushHeaders()
        await ctx.session[verb]().catch((error: SessionError) => outcome.push(error.code))
        ctx.res.end('sent')
      },
    })
    const browser = served.visitor()
    await browser.get('/set?a=1')
    t.is((await browser.get('/late')).text, 'sent')
    t.deepEqual(outcome, ['ERR_HEADERS_SENT'])
    t.deepEqual((await browser.get('/show')).body, { a: '1' })
  })
}

test('changes of a stored session that come after the headers are reported, not silently lost', async (t) => {
  const served = await sealed(t, {
    ...pages,
    '/late': (ctx) => {
      ctx.session.a = 'too late'
      ctx.respond = false
      ctx.res.end('sent')
    },
  })
  const browser = served.visitor()
  await browser.get('/set?a=1')
  const reported = once(served.app, 'error')
  await browser.get('/late')
  await reported
  t.is((served.errors[0] as SessionError).code, 'ERR_HEADERS_SENT')
})

test('an extension that is due after the headers have left is no error', async (t) => {
  const served = await sealed(t, {
    ...pages,
    '/stream': async (ctx) => {
      Object.keys(ctx.session)
      ctx.respond = false
      ctx.res.end('sent')
      await once(ctx.res, 'close')
    },
  })
  const browser = served.visitor()
  await browser.get('/set?a=1')
  served.clock.advance('10m')
  t.is((await browser.get('/stream')).text, 'sent')
  await browser.get('/show')
  t.deepEqual(served.errors, [])
})

test('a streamed body is no obstacle: the cookie leaves with the headers', async (t) => {
  const served = await sealed(t, {
    ...pages,
    '/stream': ({ session }) => {
      session.a = 1
      const body = new PassThrough()
      body.end('streamed')
      return body
    },
  })
  const browser = served.visitor()
  await browser.get('/stream')
  t.deepEqual((await browser.get('/show')).body, { a: 1 })
})

test('two parallel requests: the last response wins, whole', async (t) => {
  const served = await sealed(t, pages)
  const token = tokenIn(await served.visitor().get('/set?a=1'))
  const [first, second] = await Promise.all([
    served.visitor().get('/set?b=2', showing(token)),
    served.visitor().get('/set?c=3', showing(token)),
  ])
  t.deepEqual((await served.visitor().get('/show', showing(tokenIn(first)))).body, { a: '1', b: '2' })
  t.deepEqual((await served.visitor().get('/show', showing(tokenIn(second)))).body, { a: '1', c: '3' })
})

test('two sealed sessions with two purposes live side by side, and their cookies cannot be swapped', async (t) => {
  const admin = new SealedStore({ keys: [KEY], purpose: 'admin' })
  const served = await sealed(t, pages)
  const other = await serve(
    t,
    routes({ '/set': ({ session, query }) => Object.assign(session, query) && 'set' }),
    { store: admin },
  )
  const token = tokenIn(await other.visitor().get('/set?admin=yes'))
  t.deepEqual((await served.visitor().get('/show', showing(token))).body, {})
})

test('a persistent cookie carries the deadline and moves with it', async (t) => {
  const served = await sealed(t, pages, { cookie: { persistent: true } })
  served.clock.set(Date.parse('2030-01-01T00:00:00Z'))
  const browser = served.visitor()
  t.regex((await browser.get('/set?a=1')).cookies[0]!, /Expires=Tue, 01 Jan 2030 02:00:00 GMT/)
})

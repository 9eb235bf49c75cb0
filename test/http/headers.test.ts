import test from 'ava'
import { type Loose, routes, tokenIn } from '../helpers/paths.ts'
import { serve, visitor } from '../helpers/serve.ts'

const shared = Object.assign(new Error('shared'), {
  status: 403,
  expose: true,
  headers: { 'X-Error': 'yes' },
})

const app = routes({
  '/write': (ctx) => {
    ctx['session'].user = 'ann'
    ctx.set('Cache-Control', 'public, max-age=60')
    ctx.set('Vary', 'Accept-Encoding')
  },
  '/read': (ctx) => {
    ctx.set('Cache-Control', 'public, max-age=60')
    return { user: String(ctx['session'].user) }
  },
  '/other-cookies': (ctx) => {
    ctx['session'].user = 'ann'
    ctx.cookies.set('theme', 'dark')
  },
  '/throw': (ctx) => {
    ctx['session'].user = 'ann'
    ctx.throw(Number(ctx.query['status']), 'no', { headers: { 'X-Error': 'yes', Vary: 'Origin' } })
  },
  '/read-and-throw': (ctx) => ctx.throw(ctx['session'].user === undefined ? 401 : 403),
  '/destroy-and-throw': async (ctx) => {
    await ctx['session'].destroy()
    ctx.throw(500)
  },
  '/throw-string': async ({ session }) => {
    session.user = 'ann'
    await session.save()
    // oxlint-disable-next-line no-throw-literal -- what careless handlers do
    throw 'no'
  },
  '/throw-shared': ({ session }) => {
    session.user = 'ann'
    throw shared
  },
})

test('a response with a cookie is never cached, whatever the handler set', async (t) => {
  const { visitor } = await serve(t, app)
  const { headers, cookies } = await visitor().get('/write')
  t.is(cookies.length, 1)
  t.is(headers['cache-control'], 'no-store')
  t.is(headers['vary'], 'Accept-Encoding, Cookie')
})

test('a response without a cookie keeps the cache headers of the handler, and varies by cookie', async (t) => {
  const { visitor } = await serve(t, app)
  const { headers } = await visitor().get('/read')
  t.is(headers['cache-control'], 'public, max-age=60')
  t.is(headers['vary'], 'Cookie')
})

test('cookies of others stay beside that of the session', async (t) => {
  const { visitor } = await serve(t, app)
  const { cookies } = await visitor().get('/other-cookies')
  t.deepEqual(new Set(cookies.map((line) => line.split('=')[0])), new Set(['theme', 'sid']))
})

test('cookie, Vary and Cache-Control survive ctx.throw, beside what the error brings', async (t) => {
  const { visitor } = await serve(t, app)
  const browser = visitor()
  const answer = await browser.get('/throw?status=401')
  t.is(answer.status, 401)
  t.regex(tokenIn(answer)!, /^[\w-]{43}$/)
  t.is(answer.headers['cache-control'], 'no-store')
  t.is(answer.headers['vary'], 'Origin, Cookie')
  t.is(answer.headers['x-error'], 'yes')
  t.deepEqual((await browser.get('/read')).body, { user: 'ann' })
})

test('Vary survives an error of a request that only read', async (t) => {
  const { visitor } = await serve(t, app)
  const { status, headers } = await visitor().get('/read-and-throw')
  t.deepEqual([status, headers['vary'], headers['cache-control']], [401, 'Cookie', undefined])
})

test('the cleared cookie survives an error', async (t) => {
  const browser = (await serve(t, app)).visitor()
  await browser.get('/write')
  const answer = await browser.get('/destroy-and-throw')
  t.deepEqual([answer.status, tokenIn(answer), answer.headers['cache-control']], [500, '', 'no-store'])
})

test('the cookie survives a string that is thrown', async (t) => {
  const browser = (await serve(t, app)).visitor()
  const answer = await browser.get('/throw-string')
  t.is(answer.status, 500)
  t.truthy(tokenIn(answer))
  t.deepEqual((await browser.get('/read')).body, { user: 'ann' })
})

test('one error object that is thrown for several visitors carries nothing from one to another', async (t) => {
  const { visitor: newVisitor, url, errors } = await serve(t, app)
  const ann = newVisitor()
  const [first, second] = await Promise.all([ann.get('/throw-shared'), visitor(url).get('/throw-shared')])
  const tokens = [tokenIn(first), tokenIn(second)]
  t.true(tokens.every((token) => token?.length === 43))
  t.not(tokens[0], tokens[1])
  t.deepEqual([first.cookies.length, second.cookies.length], [1, 1])
  const again = await ann.get('/throw-shared')
  t.deepEqual([again.status, again.cookies, again.headers['x-error']], [403, [], 'yes'])
  t.deepEqual(shared.headers, { 'X-Error': 'yes' })
  t.true(errors.every((error) => error === shared))
})

const attributes = async (ctx: Loose): Promise<void> => {
  ctx.session.user = 'ann'
  if (ctx.path === '/strict') ctx.session.cookieOptions = { sameSite: 'strict', path: '/strict' }
  if (ctx.path === '/end') {
    ctx.session.cookieOptions = { path: '/strict' }
    await ctx.session.destroy()
  }
  ctx.body = 'done'
}

test('the cookie attributes of one request differ by cookieOptions', async (t) => {
  const { visitor } = await serve(t, attributes)
  t.true((await visitor().get('/strict')).cookies[0]!.endsWith('; Path=/strict; HttpOnly; SameSite=Strict'))
  t.true((await visitor().get('/')).cookies[0]!.endsWith('; Path=/; HttpOnly; SameSite=Lax'))
  const [cleared] = (await visitor().get('/end', { Cookie: `sid=${'A'.repeat(43)}` })).cookies
  t.true(cleared!.includes('; Path=/strict;'))
})

const mistaken = ({ session }: Loose): void => {
  session.user = 'ann'
  session.cookieOptions = { sameSite: 'maybe' }
}

test('wrong cookieOptions fail the request that set them', async (t) => {
  const { visitor, errors } = await serve(t, mistaken)
  const { status, cookies } = await visitor().get('/')
  t.deepEqual([status, cookies], [500, []])
  t.like(errors[0], { code: 'ERR_SESSION_CONFIG' })
})

test('cookieOptions reach a client whose token and deadline do not change', async (t) => {
  const { visitor } = await serve(t, (ctx) => {
    if (ctx.path === '/remember') ctx.session.cookieOptions = { persistent: true }
    ctx.session.user = 'ann'
    ctx.body = 'done'
  })
  const browser = visitor()
  const token = tokenIn(await browser.get('/'))
  t.deepEqual((await browser.get('/')).cookies, [])
  const answer = await browser.get('/remember')
  t.is(tokenIn(answer), token)
  t.regex(answer.cookies[0]!, /; Expires=/)
})

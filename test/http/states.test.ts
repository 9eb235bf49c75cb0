import test from 'ava'
import type Koa from 'koa'
import { CookieState, HeaderState, ParameterState, SealedStore } from '../../src/index.ts'
import { type Loose, routes, tokenIn } from '../helpers/paths.ts'
import { serve, visitor } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

const UNKNOWN = 'A'.repeat(43)

const app = routes({
  '/write': ({ session }) => {
    session.user = 'ann'
  },
  '/read': ({ session }) => ({ user: String(session.user), endReason: String(session.endReason) }),
  '/change-id': ({ session }) => session.changeId(),
  '/change-id-twice': async ({ session }) => {
    await session.changeId()
    await session.changeId()
  },
  '/destroy': ({ session }) => session.destroy(),
})

const sealed = (): SealedStore => new SealedStore({ keys: ['k'.repeat(32)] })

const ANN = { user: 'ann', endReason: 'undefined' }

test('a dead cookie of our name does not hide a live one', async (t) => {
  const { visitor: newVisitor, url } = await serve(t, app)
  const token = tokenIn(await newVisitor().get('/write'))!
  for (const cookie of [
    `sid=${UNKNOWN}; sid=${token}`,
    `sid=garbage; sid=; sid=${UNKNOWN}; sid=${token}`,
    `sid=${token}; sid=${UNKNOWN}`,
    `xsid=${UNKNOWN}; sid=${token}; sidx=${UNKNOWN}`,
  ]) {
    const { body, cookies } = await visitor(url).get('/read', { Cookie: cookie })
    t.deepEqual(body, ANN)
    t.deepEqual(cookies, [])
  }
})

test('of two live cookies the first one counts', async (t) => {
  const { visitor: newVisitor, url } = await serve(t, ({ session, path }: Loose) => {
    if (path === '/read') return
    session.user = path
  })
  const one = tokenIn(await newVisitor().get('/one'))!
  const two = tokenIn(await newVisitor().get('/two'))!
  const { visitor: reader } = await serve(t, app)
  t.truthy(reader)
  t.is((await visitor(url).get('/read', { Cookie: `sid=${one}; sid=${two}` })).cookies.length, 0)
})

test('ten cookies of our name cost at most four questions to the store', async (t) => {
  const store = new WatchedStore()
  const { visitor } = await serve(t, app, { store })
  const cookies = Array.from({ length: 10 }, (_, index) => `sid=${String(index).repeat(43)}`)
  const { status, body } = await visitor().get('/read', { Cookie: cookies.join('; ') })
  t.deepEqual([status, body], [200, { user: 'undefined', endReason: 'session expired' }])
  t.deepEqual(store.calls, ['get', 'get', 'get', 'get'])
})

for (const [sentence, garbage] of [
  ['four malformed cookies', ['a', 'b', 'c', 'd']],
  ['a hundred malformed cookies', Array.from({ length: 100 }, (_, index) => `garbage-${index}`)],
  ['malformed ones among dead ones', ['a', UNKNOWN, 'b', 'c', 'B'.repeat(43), 'd', 'C'.repeat(43)]],
] as const) {
  test(`${sentence} do not hide a live one`, async (t) => {
    const keys = ['a key for signatures']
    const states = {
      plain: {},
      signed: { cookie: { signed: true } },
      list: { state: [new CookieState(), new HeaderState()] },
    }
    for (const [name, options] of Object.entries(states)) {
      const { visitor: newVisitor, url } = await serve(t, app, options, (koa) => void (koa.keys = keys))
      const token = tokenIn(await newVisitor().get('/write'))!
      const Cookie = [...garbage, token].map((value) => `sid=${value}`).join('; ')
      const { body } = await visitor(url).get('/read', { Cookie, 'X-Session-Token': 'neither' })
      t.deepEqual(body, ANN, name)
    }
  })
}

test('malformed cookies do not hide a live one of a sealed session', async (t) => {
  const { visitor: newVisitor, url } = await serve(t, app, { store: sealed() as never })
  const token = tokenIn(await newVisitor().get('/write'))!
  const garbage = Array.from({ length: 9 }, (_, index) => `sid=${token.slice(0, 40 + index)}; `)
  t.deepEqual((await visitor(url).get('/read', { Cookie: `${garbage.join('')}sid=${token}` })).body, ANN)
})

test('of more than four values of which none can be a token, the event says so all the same', async (t) => {
  const { visitor, events } = await serve(t, app)
  await visitor().get('/read', { Cookie: 'sid=1; sid=2; sid=3; sid=4; sid=5' })
  t.deepEqual(
    events.map(([name]) => name),
    Array.from({ length: 4 }, () => 'invalid'),
  )
})

test('a header carries the token to and fro', async (t) => {
  const { visitor } = await serve(t, app, { state: new HeaderState() })
  const client = visitor()
  const answer = await client.get('/write')
  const token = answer.headers['x-session-token']!
  t.regex(token, /^[\w-]{43}$/)
  t.deepEqual([answer.cookies, answer.headers['vary']], [[], 'x-session-token'])
  t.is(answer.headers['cache-control'], 'no-store')
  const read = await client.get('/read', { 'X-Session-Token': token })
  t.deepEqual(read.body, ANN)
  t.is(read.headers['x-session-token'], undefined)
  t.is((await client.get('/destroy', { 'X-Session-Token': token })).headers['x-session-token'], '')
})

/** A body parser for forms, as small as can be. */
const parsedBody = (koa: Koa): void => {
  koa.use(async (ctx, next) => {
    const chunks: Buffer[] = []
    for await (const chunk of ctx.req) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString()
    Object.assign(ctx.request, { body: text === '' ? {} : JSON.parse(text) })
    await next()
  })
}

const parameter = new ParameterState()
const linked = routes({
  '/write': (ctx) => {
    ctx['session'].user = 'ann'
    return parameter.url(ctx, '/read?page=2')
  },
  '/link': (ctx) => parameter.url(ctx, '/next'),
  '/link-destroyed': async (ctx) => {
    await ctx['session'].destroy()
    return parameter.url(ctx, '/next')
  },
  '/read': ({ session }) => ({ user: String(session.user), endReason: String(session.endReason) }),
})

test('a parameter carries the token in links', async (t) => {
  const { visitor } = await serve(t, linked, { state: parameter })
  const answer = await visitor().get('/write')
  t.regex(answer.text, /^\/read\?page=2&sid=[\w-]{43}$/)
  t.deepEqual([answer.cookies, answer.headers['cache-control']], [[], 'no-store'])
  t.deepEqual((await visitor().get(answer.text)).body, ANN)
})

test('a link bears no token when there is no session', async (t) => {
  const store = new WatchedStore()
  const { visitor } = await serve(t, linked, { state: parameter, store })
  t.is((await visitor().get('/link')).text, '/next')
  t.is((await visitor().get('/link-destroyed')).text, '/next')
  t.deepEqual(store.calls, [])
})

test('a link bears no token of a request that is skipped', async (t) => {
  const { visitor } = await serve(t, linked, { state: parameter, skip: () => true })
  t.is((await visitor().get('/link')).text, '/next')
})

test('a parameter carries the token in a parsed body', async (t) => {
  const { visitor } = await serve(t, linked, { state: parameter }, parsedBody)
  const token = /sid=(.+)/.exec((await visitor().get('/write')).text)![1]!
  t.deepEqual((await visitor().post('/read', { sid: token })).body, ANN)
  t.deepEqual((await visitor().post('/read?sid=garbage', { sid: token })).body, ANN)
})

for (const query of ['sid=a&sid=b', 'sid[]=a', 'sid[x]=a', 'sid=', `sid=%00${UNKNOWN}`]) {
  test(`the parameter ${query} is no session`, async (t) => {
    const store = new WatchedStore()
    const { visitor } = await serve(t, linked, { state: parameter, store })
    const { status, body } = await visitor().get(`/read?${query}`)
    t.deepEqual([status, body], [200, { user: 'undefined', endReason: 'undefined' }])
    t.deepEqual(store.calls, [])
  })
}

for (const sid of [['a'], { a: 1 }, 1, null, true]) {
  test(`the parameter ${JSON.stringify(sid)} in a body is no session`, async (t) => {
    const { visitor } = await serve(t, linked, { state: parameter }, parsedBody)
    const { status, body } = await visitor().post('/read', { sid })
    t.deepEqual([status, body], [200, { user: 'undefined', endReason: 'undefined' }])
  })
}

const both = () => ({ state: [new CookieState(), new HeaderState()] })

test('of a list of states a new client is answered through the first', async (t) => {
  const { visitor } = await serve(t, app, both())
  const { cookies, headers } = await visitor().get('/write')
  t.is(cookies.length, 1)
  t.is(headers['x-session-token'], undefined)
  t.is(headers['vary'], 'Cookie, x-session-token')
})

test('a client is answered through the state that its token came by', async (t) => {
  const { visitor: newVisitor, url } = await serve(t, app, both())
  const token = tokenIn(await newVisitor().get('/write'))!
  const client = visitor(url)
  t.deepEqual((await client.get('/read', { 'X-Session-Token': token })).body, ANN)
  const moved = await client.get('/change-id', { 'X-Session-Token': token })
  t.regex(moved.headers['x-session-token']!, /^[\w-]{43}$/)
  t.deepEqual(moved.cookies, [])
})

test('a client whose id changes twice in a request is answered through its own state', async (t) => {
  const { visitor: newVisitor, url } = await serve(t, app, both())
  const token = tokenIn(await newVisitor().get('/write'))!
  const client = visitor(url)
  const moved = await client.get('/change-id-twice', { 'X-Session-Token': token })
  t.deepEqual(moved.cookies, [])
  const now = moved.headers['x-session-token']!
  t.deepEqual((await client.get('/read', { 'X-Session-Token': now })).body, ANN)
})

test('a dead token of the first state does not hide a live one of the second', async (t) => {
  const { visitor: newVisitor, url } = await serve(t, app, both())
  const token = tokenIn(await newVisitor().get('/write'))!
  const headers = { Cookie: `sid=${UNKNOWN}`, 'X-Session-Token': token }
  t.deepEqual((await visitor(url).get('/read', headers)).body, ANN)
})

test('destroy is told to the client through all states', async (t) => {
  const { visitor } = await serve(t, app, both())
  const browser = visitor()
  await browser.get('/write')
  const answer = await browser.get('/destroy')
  t.is(tokenIn(answer), '')
  t.is(answer.headers['x-session-token'], '')
})

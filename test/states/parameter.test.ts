import test from 'ava'
import request from 'superagent'
import { SessionConfigError } from '../../src/errors.ts'
import { ParameterState } from '../../src/states/parameter.ts'
import { anHourAhead, context, serve } from '../helpers/state-server.ts'

const queries: [sentence: string, url: string, tokens: string[]][] = [
  ['a parameter is a candidate', '/?sid=t0ken', ['t0ken']],
  ['a parameter among others is a candidate', '/a?b=1&sid=t0ken&c', ['t0ken']],
  ['a parameter is decoded', '/?sid=a%2Bb', ['a+b']],
  ['a repeated parameter is none', '/?sid=a&sid=b', []],
  ['an empty parameter is none', '/?sid=&a=1', []],
  ['a parameter of another name is none', '/?SID=a&sid[]=b&sid[a]=c', []],
  ['garbage is none', '/?%zz&=&&?sid&%=%', []],
  ['a request without a query has none', '/', []],
]
for (const [sentence, url, tokens] of queries) {
  test(sentence, async (t) => {
    const server = await serve(t, (ctx) => {
      ctx.body = new ParameterState().extract(ctx)
    })
    t.deepEqual((await server.get(url)).body, tokens)
  })
}

test('a parsed form is looked at too, after the query', async (t) => {
  const server = await serve(
    t,
    async (ctx, next) => {
      const chunks: Buffer[] = await ctx.req.toArray()
      Object.assign(ctx.request, {
        body: Object.fromEntries(new URLSearchParams(String(Buffer.concat(chunks)))),
      })
      return next()
    },
    (ctx) => {
      ctx.body = new ParameterState().extract(ctx)
    },
  )
  const post = async (path: string, body: string): Promise<unknown> =>
    (
      await request
        .post(server.url + path)
        .type('form')
        .send(body)
    ).body
  t.deepEqual(await post('/', 'a=1&sid=body'), ['body'])
  t.deepEqual(await post('/?sid=query', 'sid=body'), ['query', 'body'])
  t.deepEqual(await post('/?sid=same', 'sid=same'), ['same'])
})

const bodies: unknown[] = [
  null,
  'sid=a',
  7,
  [],
  { sid: ['a', 'b'] },
  { sid: { a: 1 } },
  { sid: '' },
  { sid: 7 },
  Object.create({ sid: 'inherited' }),
]
for (const [index, body] of bodies.entries()) {
  test(`a parsed body without a single text of our name is none (${index}: ${JSON.stringify(body)})`, (t) => {
    const ctx = context()
    Object.assign(ctx.request, { body })
    t.deepEqual(new ParameterState().extract(ctx), [])
  })
}

test('nothing is ever sent', (t) => {
  const state = new ParameterState()
  const ctx = context()
  state.finalize(ctx, 't0ken', { expiresAt: anHourAhead(), fresh: true })
  state.forget(ctx)
  t.deepEqual(ctx.res.getHeaderNames(), [])
  t.is(state.vary, undefined)
})

const links: [url: string, link: string][] = [
  ['/path', '/path?sid=t0%2Fken'],
  ['path/', 'path/?sid=t0%2Fken'],
  ['../up', '../up?sid=t0%2Fken'],
  ['/path?a=1&b', '/path?a=1&b&sid=t0%2Fken'],
  ['/path?', '/path?sid=t0%2Fken'],
  ['/path?a=1#place', '/path?a=1&sid=t0%2Fken#place'],
  ['/path#place?sid=x', '/path?sid=t0%2Fken#place?sid=x'],
  ['/path?sid=old&a=1&s%69d=older&sid', '/path?a=1&sid=t0%2Fken'],
  ['/path?a=%zz', '/path?a=%zz&sid=t0%2Fken'],
  ['?a=1', '?a=1&sid=t0%2Fken'],
  ['', '?now=1&sid=t0%2Fken'],
  ['#place', '#place'],
  ['http://shop.example/path', 'http://shop.example/path?sid=t0%2Fken'],
  ['HTTP://Shop.Example:80/path', 'HTTP://Shop.Example:80/path?sid=t0%2Fken'],
  ['//shop.example/path', '//shop.example/path?sid=t0%2Fken'],
  ['https://shop.example/path', 'https://shop.example/path'],
  ['http://shop.example:8080/', 'http://shop.example:8080/'],
  ['http://shop.example@evil.example/', 'http://shop.example@evil.example/'],
  ['//evil.example/path', '//evil.example/path'],
  ['/\\evil.example/path', '/\\evil.example/path'],
  [' //evil.example', ' //evil.example'],
  ['/\t/evil.example', '/\t/evil.example'],
  ['mailto:a@example.com', 'mailto:a@example.com'],
  ['javascript:alert(1)', 'javascript:alert(1)'],
  ['http://[', 'http://['],
]
for (const [url, link] of links) {
  test(`the link to ${JSON.stringify(url)} is ${JSON.stringify(link)}`, (t) => {
    const state = new ParameterState()
    const ctx = context({ host: 'shop.example' }, '/here?now=1')
    state.attach(ctx, () => 't0/ken')
    t.is(state.url(ctx, url), link)
    t.is(ctx.res.getHeader('Cache-Control'), link === url ? undefined : 'no-store')
  })
}

test('a request that does not tell its host still has relative links', (t) => {
  const state = new ParameterState({ name: 'key' })
  const ctx = context()
  state.attach(ctx, () => 't0ken')
  t.is(state.url(ctx, '/path'), '/path?key=t0ken')
  t.is(state.url(ctx, 'http://evil.example/'), 'http://evil.example/')
})

test('without a session, links stay as they are', (t) => {
  const state = new ParameterState()
  const ctx = context({ host: 'shop.example' })
  t.is(state.url(ctx, '/path'), '/path')
  state.attach(ctx, () => undefined)
  t.is(state.url(ctx, '/path?sid=old'), '/path?sid=old')
})

test('the token is asked for when the link is made', (t) => {
  const state = new ParameterState()
  const ctx = context({ host: 'shop.example' })
  let token: string | undefined
  state.attach(ctx, () => token)
  token = 'new'
  t.is(state.url(ctx, '/path'), '/path?sid=new')
})

test('a link that is followed brings the token back', async (t) => {
  const state = new ParameterState()
  const server = await serve(t, (ctx) => {
    state.attach(ctx, () => 'a b&c=d#%')
    ctx.body = ctx.path === '/' ? state.url(ctx, '/next?x=1#y') : state.extract(ctx)
  })
  const { text } = await server.get('/')
  t.deepEqual((await server.get(text)).body, ['a b&c=d#%'])
})

for (const options of [{ name: '' }, { name: 'a b' }, { name: 'a&b' }, { name: 7 }, { names: 'a' }, null]) {
  test(`${JSON.stringify(options)} is refused at start`, (t) => {
    t.throws(() => Reflect.construct(ParameterState, [options]) as unknown, {
      instanceOf: SessionConfigError,
      message: /^(Expected |Unknown option ')parameter/,
    })
  })
}

import test from 'ava'
import { SessionConfigError } from '../../src/errors.ts'
import { HeaderState } from '../../src/states/header.ts'
import { anHourAhead, context, serve } from '../helpers/state-server.ts'

test('the token goes out and comes back in the header', async (t) => {
  const state = new HeaderState()
  const server = await serve(t, (ctx) => {
    state.finalize(ctx, 't0ken', { expiresAt: anHourAhead(), fresh: true })
    ctx.body = state.extract(ctx)
  })
  const response = await server.get('/', { 'X-Session-Token': 'former' })
  t.is(response.headers['x-session-token'], 't0ken')
  t.is(response.headers['cache-control'], 'no-store')
  t.deepEqual(response.body, ['former'])
})

test('a name of any case is found, and is what the response depends on', (t) => {
  const state = new HeaderState({ name: 'X-My-Token' })
  t.deepEqual(state.extract(context({ 'x-my-token': 'a' })), ['a'])
  t.is(state.vary, 'X-My-Token')
})

for (const value of ['', 'a, b', 'a b', 'a,', 'a\u0000', '\u00a0a', 'ü', 'a\tb', 'a\r\nb']) {
  test(`a request header of ${JSON.stringify(value)} is no token`, (t) => {
    t.deepEqual(new HeaderState().extract(context({ 'x-session-token': value })), [])
  })
}

test('a request without the header has no token', (t) => {
  t.deepEqual(new HeaderState().extract(context()), [])
})

test('a token that the client has already is not sent again', (t) => {
  const ctx = context()
  new HeaderState().finalize(ctx, 't0ken', { expiresAt: anHourAhead(), fresh: false })
  t.deepEqual(ctx.res.getHeaderNames(), [])
})

test('forgetting sends an empty header', async (t) => {
  const server = await serve(t, (ctx) => {
    new HeaderState().forget(ctx)
    ctx.body = 'ok'
  })
  const response = await server.get()
  t.is(response.headers['x-session-token'], '')
  t.is(response.headers['cache-control'], 'no-store')
})

test('the header survives ctx.throw', async (t) => {
  const server = await serve(t, (ctx) => {
    new HeaderState().finalize(ctx, 't0ken', { expiresAt: anHourAhead(), fresh: true })
    ctx.throw(401)
  })
  const response = await server.get()
  t.is(response.status, 401)
  t.is(response.headers['x-session-token'], 't0ken')
})

test('after the headers have been sent, nothing happens', async (t) => {
  const server = await serve(t, (ctx) => {
    ctx.respond = false
    ctx.res.write('early ')
    new HeaderState().finalize(ctx, 't0ken', { expiresAt: anHourAhead(), fresh: true })
    new HeaderState().forget(ctx)
    ctx.res.end('late')
  })
  t.is((await server.get()).headers['x-session-token'], undefined)
  t.deepEqual(server.errors, [])
})

for (const token of ['', 'a b', 'a,b', 'a\r\nb', 'ü']) {
  test(`a token that cannot stand in a header is refused: ${JSON.stringify(token)}`, (t) => {
    const ctx = context()
    const give = (): void => new HeaderState().finalize(ctx, token, { expiresAt: anHourAhead(), fresh: true })
    t.throws(give, { instanceOf: SessionConfigError })
    t.deepEqual(ctx.res.getHeaderNames(), [])
  })
}

const wrong: [options: unknown, message: RegExp][] = [
  [{ name: '' }, /^Expected header\.name to be the name of a header/],
  [{ name: 'a b' }, /got 'a b'/],
  [{ name: 'a:b' }, /^Expected header\.name/],
  [{ name: 7 }, /^Expected header\.name .* got 7/],
  [{ name: 'Cookie' }, /HTTP does not use already, got 'Cookie'/],
  [{ name: 'x'.repeat(257) }, /^Expected header\.name/],
  [{ nmae: 'a' }, /^Unknown option 'header\.nmae'\. Did you mean 'header\.name'\?/],
  [null, /^Expected header to be an object/],
  ['x-token', /^Expected header to be an object/],
]
for (const [options, message] of wrong) {
  test(`${JSON.stringify(options).slice(0, 40)} is refused at start`, (t) => {
    t.throws(() => Reflect.construct(HeaderState, [options]) as unknown, {
      instanceOf: SessionConfigError,
      message,
    })
  })
}

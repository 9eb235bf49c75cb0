import test from 'ava'
import type { Context } from 'koa'
import { SessionConfigError } from '../../src/errors.ts'
import { CookieState } from '../../src/states/cookie.ts'
import { HeaderState } from '../../src/states/header.ts'
import { StateList } from '../../src/states/list.ts'
import { ParameterState } from '../../src/states/parameter.ts'
import { anHourAhead, context, cookies, serve } from '../helpers/state-server.ts'

const both = (): StateList => new StateList([new CookieState(), new HeaderState()])
const fresh = () => ({ expiresAt: anHourAhead(), fresh: true })

test('candidates come in the order of the states', (t) => {
  const ctx = context({ cookie: 'sid=c1; sid=c2', 'x-session-token': 'h' })
  t.deepEqual(both().extract(ctx), ['c1', 'c2', 'h'])
})

test('four candidates are looked at, and every state has a say', (t) => {
  const ctx = context({ cookie: 'sid=1; sid=2; sid=3; sid=4', 'x-session-token': 'h' })
  t.deepEqual(both().extract(ctx), ['1', '2', '3', 'h'])
})

test('of more than four states the first four have a say', (t) => {
  const states = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => new HeaderState({ name }))
  const ctx = context({ a: '1', b: '2', c: '3', d: '4', e: '5', f: '6' })
  t.deepEqual(new StateList(states).extract(ctx), ['1', '2', '3', '4'])
})

test('a token that two states bring is one candidate', (t) => {
  t.deepEqual(both().extract(context({ cookie: 'sid=a', 'x-session-token': 'a' })), ['a'])
})

test('a request that brings nothing has no candidates', (t) => {
  t.deepEqual(both().extract(context()), [])
})

test('a client without a token is answered through the first state', (t) => {
  const list = both()
  const ctx = context()
  list.extract(ctx)
  list.finalize(ctx, 'new', fresh())
  t.deepEqual(ctx.res.getHeaderNames(), ['set-cookie', 'cache-control'])
})

test('a client whose token is of no session is answered through the first state', (t) => {
  const list = both()
  const ctx = context({ 'x-session-token': 'dead' })
  list.extract(ctx)
  list.finalize(ctx, 'new', fresh())
  t.deepEqual(ctx.res.getHeaderNames(), ['set-cookie', 'cache-control'])
})

test('a changed token is answered through the state that brought the former one', async (t) => {
  const list = both()
  const server = await serve(t, (ctx) => {
    const [candidate] = list.extract(ctx)
    if (candidate !== undefined) list.accepted(ctx, candidate)
    list.finalize(ctx, 'changed', fresh())
    ctx.body = 'ok'
  })
  const byHeader = await server.get('/', { 'X-Session-Token': 'live' })
  t.is(byHeader.headers['x-session-token'], 'changed')
  t.deepEqual(cookies(byHeader), [])
  const byCookie = await server.get('/', { Cookie: 'sid=live' })
  t.is(byCookie.headers['x-session-token'], undefined)
  t.regex(cookies(byCookie)[0] ?? '', /^sid=changed;/)
})

test('a live token behind a dead one decides who answers', (t) => {
  const list = both()
  const ctx = context({ cookie: 'sid=dead', 'x-session-token': 'live' })
  list.extract(ctx)
  list.accepted(ctx, 'live')
  list.finalize(ctx, 'changed', fresh())
  t.is(ctx.res.getHeader('x-session-token'), 'changed')
  t.is(ctx.res.getHeader('set-cookie'), undefined)
})

test('a deadline that moved is told through the state that brought the token, even unasked', (t) => {
  const list = new StateList([new HeaderState(), new CookieState({ persistent: true })])
  const ctx = context({ cookie: 'sid=live' })
  list.extract(ctx)
  list.finalize(ctx, 'live', { expiresAt: anHourAhead(), fresh: false })
  t.regex(String(ctx.res.getHeader('set-cookie')), /^sid=live; Expires=/)
})

test('one list serves many requests at once without mixing them up', (t) => {
  const list = both()
  const one = context({ 'x-session-token': 'live' })
  const two = context({ cookie: 'sid=live' })
  for (const ctx of [one, two]) {
    list.extract(ctx)
    list.accepted(ctx, 'live')
  }
  for (const ctx of [one, two]) list.finalize(ctx, 'changed', fresh())
  t.is(one.res.getHeader('set-cookie'), undefined)
  t.is(two.res.getHeader('x-session-token'), undefined)
})

test('what was accepted is passed on in a list of lists', (t) => {
  const list = new StateList([both(), new ParameterState()])
  const ctx = context({ 'x-session-token': 'live' })
  list.extract(ctx)
  list.accepted(ctx, 'live')
  list.finalize(ctx, 'changed', fresh())
  t.is(ctx.res.getHeader('x-session-token'), 'changed')
})

test('accepting what nobody brought does no harm', (t) => {
  const list = both()
  const ctx = context({ cookie: 'sid=a' })
  t.notThrows(() => list.accepted(ctx, 'x'))
  list.extract(ctx)
  t.notThrows(() => list.accepted(ctx, 'x'))
})

test('forgetting is asked of all states, with the attributes of the request', (t) => {
  const ctx = context()
  both().forget(ctx, { path: '/app' })
  t.regex(String(ctx.res.getHeader('set-cookie')), /^sid=; .*Path=\/app/)
  t.is(ctx.res.getHeader('x-session-token'), '')
})

test('the response depends on the headers of all states', (t) => {
  t.is(both().vary, 'Cookie, x-session-token')
  t.is(new StateList([new CookieState(), new CookieState({ name: 'b' })]).vary, 'Cookie')
  t.is(new StateList([new ParameterState()]).vary, undefined)
})

test('links are for the parameter state in the list, and cost nothing in a list without one', (t) => {
  const parameter = new ParameterState()
  const list = new StateList([new CookieState(), parameter])
  const ctx: Context = context({ host: 'shop.example' })
  list.attach?.(ctx, () => 't0ken')
  t.is(parameter.url(ctx, '/path'), '/path?sid=t0ken')
  t.is(both().attach, undefined)
})

const wrong: unknown[] = [[], undefined, new CookieState(), [null], [{ extract: () => [] }], ['cookie']]
for (const [index, states] of wrong.entries()) {
  test(`a list that is empty or holds what is no state is refused at start (${index})`, (t) => {
    t.throws(() => Reflect.construct(StateList, [states]) as unknown, {
      instanceOf: SessionConfigError,
      message: /^Expected state to be a State or a list of at least one/,
    })
  })
}

import test from 'ava'
import type { SessionOptions, SessionStore } from '../../src/koa-session/index.ts'
import { both, contentOf, cookieOf, type Handler, play, type Step } from './both.ts'

// What koa-session takes for a session, or sends, although it cannot be right.

const inStore = (store: SessionStore): SessionOptions => ({ store })
const count: Handler = (ctx) => {
  ctx.session['n'] = ((ctx.session['n'] as number | undefined) ?? 0) + 1
  ctx.body = ctx.session
}

test.serial('data cannot take the place of the members, or of the prototype', async (t) => {
  const text =
    '{"toJSON":"x","save":1,"isNew":"no","length":7,"kept":true,"__proto__":{"a":1},"_expire":4102444800000}'
  const step: Step = { path: '/', cookie: cookieOf(text) }
  const handler: Handler = (ctx) => {
    ctx.body = {
      json: ctx.session,
      isNew: ctx.session.isNew,
      keys: Object.keys(ctx.session),
      a: ctx.session['a'],
    }
  }
  const seen = await both(t, { handler, steps: [step], options: () => ({ signed: false }) })
  t.is(seen['koa-session'][0]!.status, 500)
  t.deepEqual(JSON.parse(seen.ours[0]!.text), { json: { kept: true }, isNew: false, keys: ['kept'] })
})

test.serial('assigning over a method throws where it is done', async (t) => {
  const handler: Handler = (ctx) => {
    ctx.session.save = 'x' as never
  }
  t.is((await play(t, 'ours', { handler, steps: ['/'] }))[0]!.status, 500)
})

test.serial('lists, maps and dates are no sessions', async (t) => {
  const handler: Handler = (ctx) => {
    ctx.session = { '/list': [1], '/map': new Map([[1, 2]]), '/date': new Date(0) }[ctx.path] as never
  }
  const seen = await both(t, { handler, steps: ['/list', '/map', '/date'] })
  t.deepEqual(
    seen['koa-session'].map(({ status }) => status),
    [404, 404, 404],
  )
  t.deepEqual(
    seen.ours.map(({ status }) => status),
    [500, 500, 500],
  )
})

test.serial('a cookie whose JSON is no object is no session', async (t) => {
  const steps = ['"text"', '5', '[1,2]', 'true'].map((json) => ({ path: '/', cookie: cookieOf(json) }))
  const handler: Handler = (ctx) => void (ctx.body = [ctx.session, ctx.session.isNew])
  const seen = await play(t, 'ours', { handler, steps, options: () => ({ signed: false }) })
  for (const { status, text } of seen) t.deepEqual([status, text], [200, '[{},true]'])
  t.deepEqual(seen[3]!.errors, [])
  t.is((seen[3]!.events as unknown[]).length, 4)
})

test.serial('a record of express-session is refused, with what it looks like', async (t) => {
  const records = {
    'from-express': {
      cookie: { originalMaxAge: 1000, expires: null, httpOnly: true, path: '/' },
      user: 'bob',
    },
    'from-nobody': 'a text',
    'with-a-cookie': { cookie: { originalMaxAge: 5 }, _expire: Date.UTC(2040, 0), _maxAge: 1 },
  }
  const steps = Object.keys(records).map((id) => ({ path: '/', cookie: `koa.sess=${id}` }))
  const handler: Handler = (ctx) => void (ctx.body = ctx.session)
  const options = (store: SessionStore): SessionOptions => ({ store, signed: false })
  const seen = (await play(t, 'ours', { handler, steps, options, records })).at(-1)!
  t.deepEqual(seen.errors, [
    'Expected a session of koa-session in the store, found a record of express-session.',
    'Expected a session of koa-session in the store, found a string.',
  ])
  t.deepEqual(
    seen.events.map((event) => (event as unknown[]).slice(0, 2)),
    [
      ['invalid', 'from-express'],
      ['invalid', 'from-nobody'],
    ],
  )
  t.is(seen.text, '{"cookie":{"originalMaxAge":5}}')
  t.deepEqual(seen.records, records, 'and stays where it is')
})

test.serial('two middlewares write once', async (t) => {
  const seen = await both(t, {
    around: (_app, use) => {
      use()
      use()
    },
    handler: count,
    steps: ['/'],
    options: inStore,
  })
  t.is(seen['koa-session'][0]!.calls.length, 2)
  t.is(seen.ours[0]!.calls.length, 1)
})

test.serial('a response that has begun', async (t) => {
  const handler: Handler = (ctx) => {
    if (ctx.path !== '/look') count(ctx)
    else void ctx.session['n']
    if (ctx.path === '/first') return
    ctx.respond = false
    ctx.res.end('"sent"')
  }
  const options = (store: SessionStore): SessionOptions => ({ store, rolling: true })
  const seen = await both(t, { handler, steps: ['/new', '/first', '/known', '/look'], options })
  t.deepEqual(Object.keys(seen['koa-session'][0]!.records), ['id-1'], 'of which nobody knows')
  t.is(seen['koa-session'][3]!.errors.length, 3)
  t.deepEqual(seen.ours[0]!.records, {})
  t.regex(seen.ours[0]!.errors[0]!, /headers have been sent/)
  t.like(seen.ours[2]!.records, { 'id-2': { n: 2 } })
  t.is(seen.ours[3]!.errors.length, 1)
  const cookie = await both(t, {
    handler,
    steps: ['/first', '/look', '/known'],
    options: () => ({ rolling: true }),
  })
  t.is(cookie['koa-session'][2]!.errors.length, 2)
  t.is(cookie.ours[1]!.errors.length, 0, 'a deadline can wait')
  t.regex(cookie.ours[2]!.errors[0]!, /headers have been sent/)
  t.like(contentOf(cookie.ours[0]!.cookies[0]!), { n: 1 })
})

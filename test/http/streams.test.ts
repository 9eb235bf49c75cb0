import { PassThrough } from 'node:stream'
import test from 'ava'
import type { Context } from 'koa'
import { type Loose, routes, tokenIn } from '../helpers/paths.ts'
import { type Served, serve } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

/** A body that writes to the session in the middle of its way. */
const streamed = (ctx: Context, midway: () => unknown): PassThrough => {
  const body = new PassThrough()
  ctx.res.once('pipe', () => {
    body.write('first, ')
    setImmediate(() => {
      void Promise.resolve(midway()).finally(() => body.end('last'))
    })
  })
  return body
}

const app = routes({
  '/write': ({ session }) => (session.user = 'ann'),
  '/read': ({ session }) => ({ ...session }),
  '/stream': (ctx) => {
    ctx['session'].user = 'ann'
    ctx.body = streamed(ctx, () => undefined)
  },
  '/stream-and-write': (ctx) => {
    const { session } = ctx
    session.user = 'ann'
    ctx.body = streamed(ctx, () => (session.late = 1))
  },
  '/stream-and-save': (ctx) => {
    const { session } = ctx
    session.user = 'ann'
    ctx.body = streamed(ctx, () => {
      session.late = 1
      return session.save()
    })
  },
  '/stream-late-store': (ctx) => {
    const { session } = ctx
    session.lateStore = true
    session.user = 'ann'
    ctx.body = streamed(ctx, () => (session.late = 1))
  },
  '/no-respond': (ctx) => {
    const { session } = ctx
    ctx.respond = false
    setImmediate(() => {
      session.late = 1
      ctx.res.end('done')
    })
  },
  '/headers-sent': (ctx) => {
    ctx.respond = false
    ctx.res.write('first, ')
    ctx['session'].user = 'bob'
    setImmediate(() => ctx.res.end('last'))
  },
  '/headers-sent-verbs': async (ctx) => {
    ctx.respond = false
    ctx.res.write('first, ')
    const codes: string[] = []
    for (const verb of ['changeId', 'regenerate']) {
      await ctx['session'][verb]().catch((error: { code: string }) => codes.push(error.code))
    }
    ctx.res.end(codes.join())
  },
  '/headers-sent-destroy': async (ctx) => {
    ctx.respond = false
    ctx.res.write('first')
    await ctx['session'].destroy()
    ctx.res.end()
  },
  '/headers-sent-save': async (ctx) => {
    ctx.respond = false
    ctx.res.write('first, ')
    ctx['session'].user = 'ann'
    const failure = await ctx['session'].save().catch((error: { code: string }) => error)
    delete ctx['session'].user
    ctx.res.end(failure?.code)
  },
})

/** The errors the application has heard of, once there are any. */
const errorOf = async ({ errors }: Served): Promise<Loose> => {
  while (errors.length === 0) await new Promise((resolve) => setTimeout(resolve, 2))
  return errors[0]
}

test('a streamed body leaves after the session is stored, with the cookie', async (t) => {
  const server = await serve(t, app)
  const browser = server.visitor()
  const answer = await browser.get('/stream')
  t.truthy(tokenIn(answer))
  t.deepEqual((await browser.get('/read')).body, { user: 'ann' })
  t.deepEqual(server.errors, [])
})

for (const path of ['/stream-and-write', '/no-respond']) {
  test(`what ${path} writes after the commit is reported by the names of the keys`, async (t) => {
    const server = await serve(t, app)
    const browser = server.visitor()
    await browser.get(path)
    const error = await errorOf(server)
    t.is(error.code, 'ERR_SESSION_LATE_WRITE')
    t.regex(error.message, /\blate\b/)
    t.false('late' in ((await browser.get('/read')).body as object))
  })
}

test('what a stream writes and saves by save() is stored', async (t) => {
  const server = await serve(t, app)
  const browser = server.visitor()
  await browser.get('/stream-and-save')
  t.deepEqual((await browser.get('/read')).body, { user: 'ann', late: 1 })
  t.deepEqual(server.errors, [])
})

test('with lateStore, what a stream writes is stored when the response has been sent', async (t) => {
  const store = new WatchedStore()
  const server = await serve(t, app, { store })
  const browser = server.visitor()
  t.truthy(tokenIn(await browser.get('/stream-late-store')))
  while (store.writes.length === 0) await new Promise((resolve) => setTimeout(resolve, 2))
  t.deepEqual((await browser.get('/read')).body, { user: 'ann', late: 1 })
  t.deepEqual(server.errors, [])
})

test('a new session is not created when the headers have been sent, and an error says so', async (t) => {
  const store = new WatchedStore()
  const server = await serve(t, app, { store })
  const { text, cookies } = await server.visitor().get('/headers-sent')
  t.is(text, 'first, last')
  t.is((await errorOf(server)).code, 'ERR_HEADERS_SENT')
  t.deepEqual([cookies, store.calls, server.events], [[], [], []])
})

test('a stored session is saved though the headers have been sent', async (t) => {
  const server = await serve(t, app)
  const browser = server.visitor()
  await browser.get('/write')
  await browser.get('/headers-sent')
  t.deepEqual((await browser.get('/read')).body, { user: 'bob' })
  t.deepEqual(server.errors, [])
})

test('changeId and regenerate reject before the store is touched when the headers have been sent', async (t) => {
  const store = new WatchedStore()
  const browser = (await serve(t, app, { store })).visitor()
  await browser.get('/write')
  store.forget()
  const { text } = await browser.get('/headers-sent-verbs')
  t.is(text, 'first, ERR_HEADERS_SENT,ERR_HEADERS_SENT')
  t.deepEqual(store.calls, ['get'])
  t.deepEqual((await browser.get('/read')).body, { user: 'ann' })
})

test('saving a new session rejects when the headers have been sent', async (t) => {
  const store = new WatchedStore()
  const { text } = await (await serve(t, app, { store })).visitor().get('/headers-sent-save')
  t.is(text, 'first, ERR_HEADERS_SENT')
  t.deepEqual(store.calls, [])
})

test('destroy works though the headers have been sent', async (t) => {
  const server = await serve(t, app)
  const browser = server.visitor()
  await browser.get('/write')
  await browser.get('/headers-sent-destroy')
  t.deepEqual((await browser.get('/read')).body, {})
  t.deepEqual(server.errors, [])
})

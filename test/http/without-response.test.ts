import test from 'ava'
import type { Context } from 'koa'
import { MemoryStore, session } from '../../src/index.ts'
import { canTell, headersLeft, isAnswered, whenClosed } from '../../src/http/response.ts'
import Koa from '../helpers/koa.ts'
import { type Loose, routes } from '../helpers/paths.ts'
import { serve } from '../helpers/serve.ts'

/** Runs the middleware of a store with a `res` that is none, as tests and jobs make one. */
async function without(
  res: object | undefined,
  token: string,
  store: MemoryStore,
  handler: (ctx: Loose) => unknown,
) {
  const app = new Koa()
  const errors: unknown[] = []
  app.on('error', (error) => errors.push(error))
  const req = { method: 'GET', url: '/', headers: { cookie: `sid=${token}` }, socket: {} }
  const ctx = app.createContext(req as never, res as never) as unknown as Context
  const sessions = session(app, { store })
  await sessions(ctx as never, async () => void (await handler(ctx)))
  return { ctx, errors }
}

const visited = async (t: Loose) => {
  const store = new MemoryStore()
  const server = await serve(
    t,
    routes({
      '/': ({ session }) => {
        session.count = Number(session.count ?? 0) + 1
        return session.count as unknown
      },
    }),
    { store },
  )
  const { cookies } = await server.visitor().get('/')
  const token = cookies[0]!.slice(4).split(';')[0]!
  const count = async () => Number((await server.visitor().get('/', { cookie: `sid=${token}` })).text)
  return { store, token, count }
}

for (const [what, res] of Object.entries({ 'no response': undefined, 'a response that can nothing': {} })) {
  test(`what is there can be read, changed and ended with ${what}`, async (t) => {
    const { store, token, count } = await visited(t)
    await without(res, token, store, (ctx) => (ctx.session.count = 10))
    t.is(await count(), 11)
    await without(res, token, store, (ctx) => ctx.session.update((data: Loose) => (data.count = 20)))
    t.is(await count(), 21)
    await without(res, token, store, (ctx) => {
      ctx.session.lateStore = true
      ctx.session.count = 30
    })
    await new Promise(setImmediate)
    t.is(await count(), 31)
  })
}

test('without a response nobody can be told a new token', async (t) => {
  const { store, token, count } = await visited(t)
  for (const verb of ['changeId', 'regenerate']) {
    await t.throwsAsync(
      without(undefined, token, store, (ctx) => ctx.session[verb]()),
      { code: 'ERR_HEADERS_SENT' },
    )
  }
  await t.throwsAsync(
    without(undefined, 'x', store, (ctx) => (ctx.session.count = 1)),
    { code: 'ERR_HEADERS_SENT' },
  )
  t.is(await count(), 2)
  await without(undefined, token, store, (ctx) => ctx.session.destroy())
  t.is(await count(), 1)
})

test('each look at a response answers for what has no such property', async (t) => {
  const looks = (res: unknown) => {
    const ctx = { res } as Context
    return [headersLeft(ctx), isAnswered(ctx), canTell(ctx)]
  }
  const setHeader = (): void => undefined
  for (const none of [undefined, null, {}]) t.deepEqual(looks(none), [true, false, false])
  t.deepEqual(looks({ setHeader }), [false, false, true])
  t.deepEqual(looks({ setHeader, headersSent: true }), [true, false, false])
  t.deepEqual(looks({ setHeader, writableEnded: true, headersSent: true }), [true, true, false])
  const closed = [
    { closed: true },
    { destroyed: true },
    { stream: { destroyed: true } },
    { stream: { closed: true } },
  ]
  for (const gone of closed) {
    t.deepEqual(looks({ setHeader, ...gone }), [false, true, false])
    await new Promise<void>((done) => whenClosed({ res: { setHeader, ...gone } } as never, done))
  }
  for (const res of [undefined, { setHeader }])
    await new Promise<void>((done) => whenClosed({ res } as never, done))
})

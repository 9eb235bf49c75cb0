import { once } from 'node:events'
import { get } from 'node:http'
import test, { type ExecutionContext } from 'ava'
import { WebSocket, WebSocketServer } from 'ws'
import { type Loose, tokenIn } from '../helpers/paths.ts'
import { serve } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

/** A handler that takes the connection over, as middleware for WebSockets does: nothing leaves by `ctx.res` any more. */
const start = async (t: ExecutionContext) => {
  const store = new WatchedStore()
  const sockets = new WebSocketServer({ noServer: true })
  t.teardown(() => sockets.close())
  const ACTS: Record<string, (ctx: Loose) => unknown> = {
    '/read': () => undefined,
    '/write': ({ session }) => (session.count = 2),
    '/change-id': ({ session }) => session.changeId().catch(() => undefined),
    '/destroy': ({ session }) => session.destroy(),
  }
  const server = await serve(
    t,
    async (ctx: Loose) => {
      if (ctx.path === '/first') ctx.session.count = 1
      if (ctx.get('Upgrade') === '') {
        ctx.body = { ...ctx.session }
        return
      }
      ctx.respond = false
      await new Promise<void>((resolve) =>
        sockets.handleUpgrade(ctx.req, ctx.req.socket, Buffer.alloc(0), (socket) => {
          socket.on('message', () => socket.send(JSON.stringify(ctx.session)))
          resolve()
        }),
      )
      await ACTS[ctx.path]!(ctx)
    },
    { store },
  )
  /** What the handler's session shows to the client, and the headers of the upgrade. */
  const ask = async (path: string, Cookie = ''): Promise<{ shown: string; cookies: unknown }> => {
    const socket = new WebSocket(server.url.replace('http', 'ws') + path, { headers: { Cookie } })
    t.teardown(() => socket.terminate())
    const [[{ headers }]] = (await Promise.all([once(socket, 'upgrade'), once(socket, 'open')])) as Loose
    socket.send('show')
    const [shown] = (await once(socket, 'message')) as [Buffer]
    return { shown: shown.toString(), cookies: headers['set-cookie'] }
  }
  const begin = async () => {
    const answer = await server.visitor().get('/first')
    const Cookie = `sid=${tokenIn(answer)}`
    store.forget()
    return { Cookie, now: async () => (await server.visitor().get('/now', { Cookie })).body }
  }
  return { server, store, ask, begin }
}

test('a connection that was upgraded reads the session of its cookie', async (t) => {
  const { server, ask, begin } = await start(t)
  const { Cookie } = await begin()
  t.like(await ask('/read', Cookie), { shown: '{"count":1}', cookies: undefined })
  t.deepEqual(server.errors, [])
})

test('a connection that was upgraded saves a stored session', async (t) => {
  const { server, ask, begin } = await start(t)
  const { Cookie, now } = await begin()
  await ask('/write', Cookie)
  while (JSON.stringify(await now()) !== '{"count":2}');
  t.deepEqual(server.errors, [])
})

test('a connection that was upgraded begins no session: nobody could be told', async (t) => {
  const { server, store, ask } = await start(t)
  t.is((await ask('/write')).cookies, undefined)
  while (server.errors.length === 0) await new Promise((resolve) => setTimeout(resolve, 2))
  t.like(server.errors, { length: 1, 0: { code: 'ERR_HEADERS_SENT' } })
  t.deepEqual([store.calls, server.events], [[], []])
})

test('a connection that was upgraded gets no new id', async (t) => {
  const { server, store, ask, begin } = await start(t)
  const { Cookie, now } = await begin()
  await ask('/change-id', Cookie)
  while (server.errors.length === 0) await new Promise((resolve) => setTimeout(resolve, 2))
  t.like(server.errors, { length: 1, 0: { code: 'ERR_HEADERS_SENT' } })
  t.deepEqual(store.writes, [])
  t.deepEqual(await now(), { count: 1 })
})

test('a connection that was upgraded can end its session', async (t) => {
  const { server, ask, begin } = await start(t)
  const { Cookie, now } = await begin()
  await ask('/destroy', Cookie)
  while (JSON.stringify(await now()) !== '{}');
  t.deepEqual(server.errors, [])
})

test('a request for an upgrade that is answered like any other begins a session', async (t) => {
  const { url } = await serve(t, (ctx: Loose) => {
    ctx.session.count = 1
    ctx.body = 'no'
  })
  const asked = get(url, { headers: { Connection: 'Upgrade', Upgrade: 'websocket' }, agent: false })
  const [answer] = (await once(asked, 'response')) as Loose
  t.is(answer.headers['set-cookie'].length, 1)
  answer.resume()
})

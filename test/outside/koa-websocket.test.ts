import { once } from 'node:events'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import type { ExecutionContext } from 'ava'
import test from 'ava'
import Koa, { type Context } from 'koa'
import { WebSocket } from 'ws'
import { session } from '../../src/index.ts'
import { routes } from '../helpers/paths.ts'
import { visitor } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

type Sockets = Koa & { readonly ws: { use(middleware: (ctx: Context, next: Koa.Next) => unknown): void } }

// Its types give every context of Koa a socket, here those of all other tests.
const require = createRequire(import.meta.url)
const websockify = require('koa-websocket') as (app: Koa) => Sockets

type Socket = { send(text: string): void; on(event: string, fn: (data: unknown) => unknown): void }

/** koa-websocket on an application with sessions; what its middleware throws is kept. */
async function served(t: ExecutionContext, onMessage: (ctx: Context, text: string) => unknown) {
  const app = websockify(new Koa())
  const errors: { code?: string }[] = []
  const failures: { code?: string }[] = []
  app.on('error', (error: object) => errors.push(error))
  const store = new WatchedStore()
  // The store answers in a later turn, as one over a network does.
  for (const operation of ['get', 'set', 'touch'] as const)
    store.waiting.set(operation, () => new Promise((resolve) => setTimeout(resolve, 2)))
  const sessions = session(app, { store }) as unknown as Koa.Middleware
  app.use(sessions)
  app.use(
    routes({
      '/login': (ctx) => void (ctx['session'].user = 'Ann'),
      '/data': (ctx) => ({ ...ctx['session'] }),
    }),
  )
  app.ws.use(async (_ctx, next) => {
    try {
      await next()
    } catch (error) {
      failures.push(error as object)
    }
  })
  app.ws.use(sessions as never)
  app.ws.use(async (ctx) => {
    const socket = ctx['websocket'] as unknown as Socket
    if (ctx.path === '/new') ctx['session'].user = 'nobody'
    socket.on('message', async (data) => {
      try {
        socket.send(JSON.stringify((await onMessage(ctx, String(data))) ?? null))
      } catch (error) {
        socket.send(JSON.stringify((error as { code: string }).code))
      }
    })
    socket.send('listening')
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const connect = async (path: string, cookie = '') => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers: { cookie } })
    t.teardown(() => socket.terminate())
    // What is sent to a socket before its middleware listens is lost.
    await once(socket, 'message')
    const ask = async (text: string): Promise<unknown> => {
      socket.send(text)
      const [data] = (await once(socket, 'message')) as [Buffer]
      return JSON.parse(String(data)) as unknown
    }
    const close = async (): Promise<void> => {
      socket.close()
      await once(socket, 'close')
    }
    return { ask, close }
  }
  return { connect, errors, failures, browser: visitor(`http://127.0.0.1:${port}`) }
}

test('a context of koa-websocket reads and saves the session, also long after its middleware has ended', async (t) => {
  const { connect, errors, failures, browser } = await served(t, async ({ session: own }, text) => {
    own[text] = 1
    await own.save()
    return own.user as unknown
  })
  const { cookies } = await browser.get('/login')
  const { ask } = await connect('/', cookies[0]!.split(';')[0])
  // The middleware has come to its end by then.
  await new Promise((resolve) => setTimeout(resolve, 30))
  t.is(await ask('first'), 'Ann')
  t.is(await ask('second'), 'Ann')
  t.deepEqual((await browser.get('/data')).body, { user: 'Ann', first: 1, second: 1 })
  t.deepEqual(failures, [])
  t.deepEqual(errors, [])
})

test('a new session of a context of koa-websocket is refused', async (t) => {
  const { connect, failures } = await served(t, async ({ session: own }, text) => {
    own[text] = 1
    await own.save()
  })
  const { ask } = await connect('/new')
  t.is(await ask('key'), 'ERR_HEADERS_SENT')
  t.is(failures[0]?.code, 'ERR_HEADERS_SENT')
  t.is(await (await connect('/')).ask('key'), 'ERR_HEADERS_SENT')
})

test('a context of koa-websocket cannot be told a new token', async (t) => {
  const { connect, browser } = await served(t, ({ session: own }, verb) => own[verb]() as unknown)
  const { cookies } = await browser.get('/login')
  const { ask } = await connect('/', cookies[0]!.split(';')[0])
  t.is(await ask('changeId'), 'ERR_HEADERS_SENT')
  t.is(await ask('regenerate'), 'ERR_HEADERS_SENT')
  t.is(await ask('destroy'), null)
  t.deepEqual((await browser.get('/data')).body, {})
})

test('what a context of koa-websocket has changed and never saved is reported when the socket closes', async (t) => {
  const { connect, browser, errors } = await served(t, ({ session: own }) => void (own.lost = 1))
  const { cookies } = await browser.get('/login')
  const { ask, close } = await connect('/', cookies[0]!.split(';')[0])
  await new Promise((resolve) => setTimeout(resolve, 30))
  await ask('')
  t.deepEqual(errors, [])
  await close()
  t.deepEqual((await browser.get('/data')).body, { user: 'Ann' })
  t.is(errors[0]?.code, 'ERR_SESSION_LATE_WRITE')
})

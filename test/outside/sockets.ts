import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ExecutionContext } from 'ava'
import Koa, { type Context } from 'koa'
import { WebSocket, WebSocketServer } from 'ws'
import {
  MemoryStore,
  type OpenOptions,
  type OpenSession,
  session,
  type SessionEvent,
  type SessionOptions,
  type Sessions,
} from '../../src/index.ts'
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.ts'
import { routes } from '../helpers/paths.ts'
import { type Visitor, visitor } from '../helpers/serve.ts'

type Data = Record<string, unknown>
type Opened = OpenSession<Data>
type Options = Record<string, unknown> & SessionOptions<object, string>

export interface Sockets {
  readonly app: Koa
  readonly sessions: Sessions<Data>
  readonly clock: FakeClock
  readonly events: [name: string, event: SessionEvent][]
  readonly errors: Error[]
  readonly visitor: () => Visitor
  /** Opens a WebSocket. `refused`: the status that the upgrade was answered with. */
  readonly connect: (headers?: Record<string, string>, path?: string) => Promise<Connection>
  /** The sessions that upgrades have opened. */
  readonly opened: (Opened | undefined)[]
}

export interface Connection {
  readonly socket: WebSocket
  readonly refused: number | undefined
  /** The headers of the upgrade's answer. */
  readonly headers: IncomingMessage['headers']
  /** Sends a text and resolves to the answer. */
  readonly ask: (text: string) => Promise<unknown>
}

/** A server whose HTTP routes and WebSockets share sessions. A socket is closed with 4401 when its session ends. */
export async function sockets(
  t: ExecutionContext,
  answer: (session: Opened, text: string) => unknown = () => '',
  options: Options = {},
  opening: OpenOptions = {},
  more: typeof ROUTES = {},
): Promise<Sockets> {
  const clock = fakeClock()
  const app = new Koa()
  const events: Sockets['events'] = []
  const errors: Error[] = []
  for (const name of ['created', 'destroyed', 'expired', 'missed', 'invalid', 'conflict'])
    app.on(`session:${name}`, (event: SessionEvent) => events.push([name, event]))
  app.on('error', (error: Error) => errors.push(error))
  const given = { clock, store: new MemoryStore({ clock }), ...options }
  const sessions = session(app, given as SessionOptions) as unknown as Sessions<Data>
  app.use(sessions as unknown as Koa.Middleware)
  app.use(routes({ ...ROUTES, ...more }))
  const server = createServer(app.callback())
  const wss = new WebSocketServer({ noServer: true })
  const opened: Sockets['opened'] = []
  server.on('upgrade', async (req, socket, head) => {
    const own = await sessions.open(req, opening).catch((error: Error) => error)
    if (own instanceof Error)
      return socket.end('HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\n\r\n')
    opened.push(own)
    if (!own) return socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n')
    return wss.handleUpgrade(req, socket, head, (ws) => {
      own.signal.addEventListener('abort', () => ws.close(4401, own.endReason))
      ws.on('close', () => own.close())
      ws.on('message', async (data) => {
        try {
          const text = (data as Buffer).toString()
          ws.send(JSON.stringify((await answer(own, text)) ?? null))
        } catch (error) {
          ws.send(JSON.stringify({ failed: (error as { code?: string }).code ?? String(error) }))
        }
      })
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  t.teardown(() => {
    for (const ws of wss.clients) ws.terminate()
    for (const own of opened) own?.close()
    server.closeAllConnections()
    server.close()
  })
  const connect: Sockets['connect'] = async (headers = {}, path = '/') => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers })
    let answered: IncomingMessage['headers'] = {}
    socket.on('upgrade', (res) => (answered = res.headers))
    const refused = await new Promise<number | undefined>((resolve) => {
      socket.on('open', () => resolve(undefined))
      socket.on('unexpected-response', (_req, res) => resolve(res.statusCode))
    })
    socket.on('error', () => undefined)
    t.teardown(() => socket.terminate())
    const ask = async (text: string): Promise<unknown> => {
      socket.send(text)
      const [data] = (await once(socket, 'message')) as [Buffer]
      return JSON.parse(data.toString()) as unknown
    }
    return { socket, refused, headers: answered, ask }
  }
  const url = `http://127.0.0.1:${port}`
  return { app, sessions, clock, events, errors, opened, connect, visitor: () => visitor(url) }
}

/** The HTTP side. */
const ROUTES: Record<string, (ctx: Context) => unknown> = {
  '/login': async (ctx) => {
    await ctx['session'].regenerate()
    ctx['session'].user = 'Ann'
    return ctx['session'].id as string
  },
  '/logout': (ctx) => ctx['session'].destroy('logout') as Promise<void>,
  '/change-id': (ctx) => ctx['session'].changeId() as Promise<void>,
  '/touch': (ctx) => ctx['session'].touch() as Promise<void>,
  '/data': (ctx) => ({ ...ctx['session'], flash: ctx['session'].flash.notice as unknown }),
  '/write': (ctx) => {
    ctx['session'][String(ctx.query['key'])] = ctx.query['value']
  },
}

/** Logs in and returns the `Cookie` header of the visitor, and the id. */
export async function login(server: Sockets): Promise<{ cookie: string; id: string; browser: Visitor }> {
  const browser = server.visitor()
  const { cookies, text } = await browser.get('/login')
  return { cookie: cookies[0]!.split(';')[0]!, id: text, browser }
}

/** Resolves when a signal has fired. */
export async function fired({ signal }: { readonly signal: AbortSignal }): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}

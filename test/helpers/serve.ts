import type { AddressInfo } from 'node:net'
import type { ExecutionContext } from 'ava'
import type { Context, Middleware } from 'koa'
import request from 'superagent'
import {
  MemoryStore,
  session,
  type SessionEvent,
  type SessionOptions,
  type Sessions,
  type Store,
} from '../../src/index.ts'
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.ts'
import Koa from './koa.ts'

export type Handler = (ctx: Context, next: () => Promise<unknown>) => unknown

export interface Served {
  readonly app: Koa
  readonly sessions: Sessions<object, string>
  readonly clock: FakeClock
  readonly store: Store
  /** What the app emitted, as `[name, event]`. */
  readonly events: [name: string, event: SessionEvent][]
  /** What reached the app's `error` event. */
  readonly errors: unknown[]
  readonly url: string
  /** A browser: keeps its cookies, and takes any status for an answer. */
  readonly visitor: () => Visitor
}

export interface Visitor {
  get(path: string, headers?: Record<string, string>): Promise<Answer>
  post(path: string, body?: object, headers?: Record<string, string>): Promise<Answer>
}

export interface Answer {
  readonly status: number
  readonly body: unknown
  readonly text: string
  readonly headers: Record<string, string>
  /** The `Set-Cookie` lines. */
  readonly cookies: readonly string[]
}

const EVENTS = ['created', 'destroyed', 'expired', 'missed', 'invalid', 'conflict', 'corrupt']

/** A real Koa server on a port of its own with sessions and one handler, closed when the test ends. */
export async function serve(
  t: ExecutionContext,
  handler: Handler,
  options: Record<string, unknown> & SessionOptions<object, string> = {},
  prepare: (app: Koa) => void = () => undefined,
): Promise<Served> {
  const clock = fakeClock()
  const store = (options.store as Store | undefined) ?? new MemoryStore({ clock })
  const app = new Koa()
  const events: Served['events'] = []
  const errors: unknown[] = []
  for (const name of EVENTS) app.on(`session:${name}`, (event: SessionEvent) => events.push([name, event]))
  app.on('error', (error) => errors.push(error))
  prepare(app)
  const sessions = session(app, {
    clock,
    ...options,
    store,
  } as SessionOptions) as unknown as Served['sessions']
  app.use(sessions as unknown as Middleware)
  app.use(handler)
  const url = await listen(t, app)
  return { app, sessions, clock, store, events, errors, url, visitor: () => visitor(url) }
}

/** Starts the application on a free port of the loopback. */
export async function listen(t: ExecutionContext, app: Koa): Promise<string> {
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export function visitor(url: string): Visitor {
  const agent = request.agent()
  const send = async (asked: request.Request): Promise<Answer> => {
    const { status, body, text, headers } = await asked.ok(() => true).redirects(0)
    return { status, body, text, headers, cookies: [headers['set-cookie'] ?? []].flat() }
  }
  return {
    get: (path, headers = {}) => send(agent.get(url + path).set(headers)),
    post: (path, body = {}, headers = {}) =>
      send(
        agent
          .post(url + path)
          .set(headers)
          .send(body),
      ),
  }
}

import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { ExecutionContext } from 'ava'
import type { Context, Middleware } from 'koa'
import request from 'superagent'
import type { Response } from 'superagent'
import Koa from './koa.ts'

export interface Server {
  readonly app: Koa
  readonly url: string
  /** Every error the application heard of. */
  readonly errors: Error[]
  /** A GET that takes any status for an answer. */
  get(path?: string, headers?: Readonly<Record<string, string>>): Promise<Response>
}

/** A Koa server on a free port that closes when the test is over. */
export async function serve(t: ExecutionContext, ...middleware: Middleware[]): Promise<Server> {
  const app = new Koa()
  const errors: Error[] = []
  app.on('error', (error: Error) => errors.push(error))
  for (const each of middleware) app.use(each)
  const server = app.listen(0, '127.0.0.1')
  await new Promise<void>((resolve) => {
    server.once('listening', resolve)
  })
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : address}`
  const get = async (path = '/', headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
    request
      .get(url + path)
      .set(headers)
      .ok(() => true)
      .redirects(0)
  return { app, url, errors, get }
}

/** The `Set-Cookie` lines of a response. */
export function cookies(response: Response): string[] {
  const lines: unknown = response.headers['set-cookie']
  return Array.isArray(lines) ? lines.map(String) : []
}

/** A context without a connection, for what HTTP clients refuse to send. */
export function context(
  headers: Readonly<Record<string, string>> = {},
  url = '/',
  app: Koa = new Koa(),
): Context {
  const incoming = new IncomingMessage(new Socket())
  incoming.url = url
  incoming.method = 'GET'
  Object.assign(incoming.headers, headers)
  return app.createContext(incoming, new ServerResponse(incoming)) as Context
}

/** A deadline in whole seconds, an hour from now. */
export const anHourAhead = (): number => Math.ceil(Date.now() / 1000) * 1000 + 3_600_000

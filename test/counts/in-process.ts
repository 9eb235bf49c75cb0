import { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import Koa, { type Context, type Middleware } from 'koa'
import { gate } from '../helpers/gate.ts'

/** A connection that leads nowhere. */
class Sink extends Duplex {
  readonly remoteAddress = '127.0.0.1'

  override _read(): void {}

  override _write(_chunk: unknown, _encoding: unknown, done: () => void): void {
    done()
  }
}

export type Visit = (path: string, cookie?: string) => Promise<ServerResponse>

/** An application of one middleware, if any, and one handler. */
export function visiting(
  middleware?: (app: Koa) => Middleware,
  handler: (ctx: Context) => unknown = () => undefined,
): Visit {
  const app = new Koa()
  const used = middleware?.(app)
  if (used) app.use(used)
  app.use((ctx) => {
    ctx.body = 'ok'
    return handler(ctx)
  })
  return visits(app.callback())
}

/** Gives it real requests, and waits until each answer has been written. */
function visits(handle: ReturnType<Koa['callback']>): Visit {
  return (path, cookie) => {
    const socket = new Sink() as unknown as Socket
    const request = new IncomingMessage(socket)
    Object.assign(request, { method: 'GET', url: path, httpVersionMajor: 1, httpVersionMinor: 1 })
    Object.assign(request.headers, { host: 'localhost' }, cookie === undefined ? {} : { cookie })
    const response = new ServerResponse(request)
    const { opened, open } = gate<ServerResponse>()
    response.assignSocket(socket)
    response.once('finish', () => open(response))
    void handle(request, response)
    return opened
  }
}

/** What a browser would send next time. */
export function cookieOf(response: ServerResponse): string {
  return [response.getHeader('set-cookie') ?? []]
    .flat()
    .map((line) => String(line).split(';')[0])
    .join('; ')
}

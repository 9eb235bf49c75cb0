import type { AddressInfo } from 'node:net'
import { PassThrough, Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import type { Context, Middleware } from 'koa'
import { MemoryStore, session } from '../../src/index.ts'
import Koa from '../helpers/koa.ts'
import { type Loose, routes } from '../helpers/paths.ts'

/*
 * An application whose handlers do what they should not, in a process of its own: whatever nobody catches ends it,
 * as Node does by default.
 */

/** Answers at once, and goes on afterwards. */
const early = (act: (ctx: Loose) => unknown) => async (ctx: Context) => {
  ctx.respond = false
  ctx.res.writeHead(200)
  ctx.res.end('done')
  await act(ctx)
}

const events = (ctx: Context): PassThrough => {
  const stream = new PassThrough()
  const timer = setInterval(() => {
    stream.write('data: 1\n\n')
    void ctx['session'].save()
  }, 1)
  ctx.res.once('close', () => clearInterval(timer))
  ctx.type = 'text/event-stream'
  return stream
}

export const HANDLERS: Readonly<Record<string, (ctx: Loose) => unknown>> = {
  '/write': ({ session }) => (session.user = 'ann'),
  '/write-after-the-end': early(({ session }) => (session.user = 'ann')),
  '/save-after-the-end': early(({ session }) => ((session.user = 'ann'), session.save())),
  '/regenerate-after-the-end': early(({ session }) => session.regenerate()),
  '/change-id-that-nobody-awaits': early(({ session }) => void session.changeId()),
  '/destroy-that-nobody-awaits': early(({ session }) => void session.destroy()),
  '/late-store': async ({ session, res }) => {
    session.lateStore = true
    session.user = 'ann'
    await wait(2)
    res.write('done')
  },
  '/throw-after-the-headers': (ctx) => {
    ctx.session.user = 'ann'
    ctx.flushHeaders()
    ctx.throw(500)
  },
  '/slow': async (ctx) => {
    ctx.session.user = 'ann'
    await wait(5)
    await ctx.session.save()
    return 'done'
  },
  '/stream': (ctx) => {
    ctx.session.user = 'ann'
    return Readable.from(
      (async function* () {
        for (let n = 0; n < 20; n += 1) {
          yield 'x'.repeat(10_000)
          await wait(1)
        }
      })(),
    )
  },
  '/stream-that-fails': (ctx) => {
    ctx.session.user = 'ann'
    const body = new PassThrough()
    body.write('first')
    setTimeout(() => body.destroy(new Error('gone')), 2)
    return body
  },
  '/events': (ctx) => {
    ctx.session.user = 'ann'
    return events(ctx)
  },
  '/socket-destroyed': (ctx) => {
    ctx.session.user = 'ann'
    ctx.req.socket.destroy()
  },
  '/upload': async (ctx) => {
    ctx.session.user = 'ann'
    for await (const _ of ctx.req);
    return 'done'
  },
}

if (process.send) {
  const app = new Koa()
  app.silent = true
  app.use(session(app, { store: new MemoryStore() }) as Middleware)
  app.use(routes(HANDLERS) as Middleware)
  const server = app.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port))
  process.once('message', () => process.exit(0))
}

import { PassThrough } from 'node:stream'
import { once } from 'node:events'
import { connect } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { SessionError } from '../../src/index.ts'
import { gate } from '../helpers/gate.ts'
import { type Loose, routes } from '../helpers/paths.ts'
import { pause, type Pause } from '../helpers/pause.ts'
import { PROTOCOLS } from '../helpers/protocols.ts'
import { serve, type Served } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

interface Setting {
  readonly store: WatchedStore
  readonly stop: Pause
}

/** When the client goes away; what is done then stops the request at that moment. */
const MOMENTS: Record<string, (setting: Setting) => void> = {
  'while the store loads': ({ store, stop }) => void store.waiting.set('get', stop.here),
  'while the handler runs': () => undefined,
  'while the store saves': ({ store, stop }) => void store.waiting.set('set', stop.here),
}

const start = async (t: ExecutionContext): Promise<Setting & { server: Served; closed: Promise<void> }> => {
  const store = new WatchedStore()
  const stop = pause()
  const closed = gate()
  const server = await serve(
    t,
    routes({
      '/first': ({ session }) => void (session.count = 1),
      '/read': ({ session }) => ({ ...session }),
      '/act': async (ctx: Loose) => {
        if (ctx.query['stop'] !== undefined) await stop.here()
        ctx.session.count += 1
        if (ctx.query['save'] !== undefined) await ctx.session.save()
        ctx.body = 'done'
      },
      '/stream': (ctx: Loose) => {
        ctx.session.count += 1
        ctx.type = 'text/plain'
        const body = new PassThrough()
        body.write('first')
        ctx.body = body
      },
    }),
    { store },
    (app) => {
      app.use((ctx, next) => {
        if (ctx.path !== '/read') ctx.res.once('close', () => closed.open())
        return next()
      })
    },
  )
  return { server, store, stop, closed: closed.opened }
}

for (const [protocol, open] of Object.entries(PROTOCOLS)) {
  for (const [when, prepare] of Object.entries(MOMENTS)) {
    for (const save of ['', '&save']) {
      const how = save === '' ? 'changes' : 'changes and saves'
      test(`a client over ${protocol} that goes ${when} of a handler that ${how}: the session is stored`, async (t) => {
        const { server, store, stop } = await start(t)
        const send = await open(t, server)
        const { token } = await send('/first').reply
        prepare({ store, stop })
        const sent = send(`/act?${store.waiting.size === 0 ? 'stop' : ''}${save}`, token)
        sent.reply.catch(() => undefined)
        await stop.reached
        sent.abort()
        // Nobody tells the server to hurry: it may notice before or after the handler goes on.
        await new Promise(setImmediate)
        store.waiting.clear()
        stop.go()
        let text = ''
        while (text !== '{"count":2}') ({ text } = await send('/read', token).reply)
        t.deepEqual(server.errors, [])
      })
    }
  }

  test(`a client over ${protocol} that goes in the middle of a body: the session is stored`, async (t) => {
    const { server } = await start(t)
    const send = await open(t, server)
    const { token } = await send('/first').reply
    const sent = send('/stream', token)
    sent.reply.catch(() => undefined)
    let text = ''
    while (text !== '{"count":2}') ({ text } = await send('/read', token).reply)
    sent.abort()
    t.is((await send('/read', token).reply).text, '{"count":2}')
  })
}

test('a client that goes in the middle of its upload fails its request alone', async (t) => {
  const server = await serve(t, async (ctx: Loose) => {
    if (ctx.path !== '/read') ctx.session.count = 1
    if (ctx.method === 'POST') for await (const _ of ctx.req);
    ctx.body = { ...ctx.session }
  })
  const { port } = new URL(server.url)
  const browser = server.visitor()
  await browser.get('/')
  const socket = connect(Number(port), '127.0.0.1')
  await once(socket, 'connect')
  socket.write('POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\nonly this')
  await new Promise((resolve) => setTimeout(resolve, 20))
  socket.destroy()
  while (server.errors.length === 0) await new Promise((resolve) => setTimeout(resolve, 2))
  t.deepEqual((await browser.get('/read')).body, { count: 1 })
  t.deepEqual(
    server.events.map(([name]) => name),
    ['created'],
    'and begins no session',
  )
  t.false(server.errors.some((error) => error instanceof SessionError))
})

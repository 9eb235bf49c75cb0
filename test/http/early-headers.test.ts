import test from 'ava'
import { KOA } from '../helpers/koa.ts'
import { type Loose, routes } from '../helpers/paths.ts'
import { PROTOCOLS } from '../helpers/protocols.ts'
import { serve } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

/** The ways to let the headers leave before the session is committed. */
const WAYS: Record<string, (ctx: Loose) => unknown> = {
  'ctx.flushHeaders(), and a body of Koa': (ctx) => {
    ctx.respond = true
    ctx.body = 'done'
    ctx.flushHeaders()
  },
  'res.flushHeaders()': ({ res }) => res.flushHeaders(),
  'res.writeHead()': ({ res }) => res.writeHead(200, { 'X-Early': 'yes' }),
  'res.write()': ({ res }) => res.write('first, '),
  'res.end()': ({ res }) => res.end('done'),
  'res.writeHead() of server-sent events': ({ res }) => {
    res.writeHead(200, { 'Content-Type': 'text/event-stream' })
    res.write(': hello\n\n')
  },
}

const app = routes({
  '/first': ({ session }) => void (session.count = 1),
  '/read': ({ session }) => ({ ...session }),
  '/early': async (ctx: Loose) => {
    const { way, act, before } = ctx.query
    ctx.respond = false
    ctx.status = 200
    if (before !== undefined) await ACTS[act]!(ctx)
    WAYS[way]!(ctx)
    if (before === undefined) await ACTS[act]!(ctx)
    if (ctx.respond === false) ctx.res.end()
  },
})

const ACTS: Record<string, (ctx: Loose) => unknown> = {
  write: ({ session }) => (session.count = 2),
  save: (ctx) => {
    ctx.session.count = 2
    return ctx.session.save()
  },
  // Caught or not, the error is reported.
  changeId: ({ session }) => session.changeId().catch(() => undefined),
  regenerate: ({ session }) => session.regenerate().catch(() => undefined),
  destroy: ({ session }) => session.destroy(),
}

for (const [protocol, open] of Object.entries(PROTOCOLS)) {
  for (const way of Object.keys(WAYS)) {
    const early = `/early?way=${encodeURIComponent(way)}`
    const start = async (t: Parameters<typeof open>[0]) => {
      const store = new WatchedStore()
      const server = await serve(t, app, { store })
      const send = await open(t, server)
      const read = async (token?: string): Promise<unknown> =>
        JSON.parse((await send('/read', token).reply).text)
      return { ...server, store, send, read }
    }

    test(`${way} over ${protocol}: a new session is refused, and the store does not hear of it`, async (t) => {
      const { send, store, errors, events } = await start(t)
      const reply = await send(`${early}&act=write`).reply
      t.like(reply, { status: 200, token: undefined })
      t.like(errors, { length: 1, 0: { code: 'ERR_HEADERS_SENT' } })
      t.deepEqual([store.calls, events], [[], []])
    })

    test(`${way} over ${protocol}: a stored session is saved all the same`, async (t) => {
      const { send, read, errors } = await start(t)
      const { token } = await send('/first').reply
      for (const act of ['write', 'save']) t.is((await send(`${early}&act=${act}`, token).reply).status, 200)
      t.deepEqual(await read(token), { count: 2 })
      t.deepEqual(errors, [])
    })

    for (const verb of ['changeId', 'regenerate']) {
      test(`${way} over ${protocol}: ${verb} is refused, and changes nothing`, async (t) => {
        const { send, read, store, errors } = await start(t)
        const { token } = await send('/first').reply
        store.forget()
        t.like(await send(`${early}&act=${verb}`, token).reply, { status: 200, token: undefined })
        t.deepEqual(store.writes, [])
        t.like(errors, { length: 1, 0: { code: 'ERR_HEADERS_SENT' } })
        t.deepEqual(await read(token), { count: 1 })
      })
    }

    test(`${way} over ${protocol}: destroy ends the session, though the cookie stays`, async (t) => {
      const { send, read, errors } = await start(t)
      const { token } = await send('/first').reply
      t.like(await send(`${early}&act=destroy`, token).reply, { status: 200, token: undefined })
      t.deepEqual(await read(token), {})
      t.deepEqual(errors, [])
    })

    test(`${way} over ${protocol}: what is saved before leaves with the headers`, async (t) => {
      const { send, read, errors } = await start(t)
      const { status, token } = await send(`${early}&act=save&before`).reply
      t.is(status, 200)
      t.regex(token!, /^[\w-]{43}$/)
      t.deepEqual(await read(token), { count: 2 })
      t.deepEqual(errors, [])
    })
  }

  for (const method of ['HEAD', 'GET']) {
    for (const status of [200, 204, 304]) {
      test(`${method} with status ${status} over ${protocol}: the session is stored, and the cookie leaves`, async (t) => {
        const server = await serve(t, (ctx: Loose) => {
          if (ctx.path === '/read') ctx.body = { ...ctx.session }
          else {
            ctx.session.count = 1
            ctx.status = status
            ctx.body = status === 200 ? 'done' : null
          }
        })
        const send = await open(t, server)
        const sent = send('/', undefined, method)
        if (KOA === 2 && protocol === 'HTTP/2' && method === 'HEAD') {
          // Koa 2 takes such a response for one that has ended, and sends nothing.
          sent.reply.catch(() => undefined)
          while (server.events.length === 0) await new Promise((resolve) => setTimeout(resolve, 2))
          sent.abort()
          t.is(server.events[0]![0], 'created')
          return
        }
        const reply = await sent.reply
        t.is(reply.status, status)
        t.is((await send('/read', reply.token).reply).text, '{"count":1}')
        t.deepEqual(server.errors, [])
      })
    }
  }
}

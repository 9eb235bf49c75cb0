import test from 'ava'
import { gate } from '../helpers/gate.ts'
import { type Loose, routes } from '../helpers/paths.ts'
import { pause } from '../helpers/pause.ts'
import { PROTOCOLS } from '../helpers/protocols.ts'
import { serve } from '../helpers/serve.ts'

const SENT = 'ERR_HEADERS_SENT'

/** What a verb leaves of `{ count: 1 }`, and what it rejects with when the client has gone. */
const VERBS: Record<string, { verb: (ctx: Loose) => unknown; left: object; gone?: string }> = {
  write: { verb: ({ session }) => void (session.count = 2), left: { count: 2 } },
  save: { verb: ({ session }) => ((session.count = 2), session.save()), left: { count: 2 } },
  touch: { verb: ({ session }) => session.touch(), left: { count: 1 } },
  reload: { verb: ({ session }) => ((session.count = 2), session.reload()), left: { count: 1 } },
  update: { verb: ({ session }) => session.update((data: Loose) => (data.count += 1)), left: { count: 2 } },
  changeId: { verb: ({ session }) => session.changeId(), left: { count: 1 }, gone: SENT },
  regenerate: { verb: ({ session }) => session.regenerate({ keep: true }), left: { count: 1 }, gone: SENT },
  destroy: { verb: ({ session }) => session.destroy(), left: {} },
  null: { verb: (ctx) => void (ctx.session = null), left: {} },
  'save after the headers': {
    verb: async ({ session, res }) => {
      res.writeHead(200)
      session.count = 2
      await session.save()
      res.end()
    },
    left: { count: 2 },
  },
}

for (const [protocol, open] of Object.entries(PROTOCOLS)) {
  for (const [name, { verb, left, gone }] of Object.entries(VERBS)) {
    test(`${name} over ${protocol}`, async (t) => {
      const server = await serve(
        t,
        routes({
          '/first': ({ session }) => void (session.count = 1),
          '/read': ({ session }) => ({ ...session }),
          '/': async (ctx) => {
            await verb(ctx)
            if (ctx.headerSent) ctx.respond = false
          },
        }),
      )
      const send = await open(t, server)
      const { token } = await send('/first').reply
      const reply = await send('/', token).reply
      t.is(reply.status, 200)
      t.is(reply.token === '', Object.keys(left).length === 0)
      t.is((await send('/read', reply.token ?? token).reply).text, JSON.stringify(left))
      t.deepEqual(server.errors, [])
    })

    test(`${name} over ${protocol} by a client that has gone, with lateStore and a lock`, async (t) => {
      const running = pause()
      const closed = gate()
      const ended = gate()
      let code: string | undefined
      const server = await serve(
        t,
        routes({
          '/first': ({ session }) => void (session.count = 1),
          '/read': ({ session }) => ({ ...session }),
          '/': async (ctx: Loose) => {
            ctx.session.lateStore = true
            ctx.res.once('close', () => closed.open())
            await running.here()
            try {
              await verb(ctx)
            } catch (error) {
              code = (error as Loose).code
            } finally {
              ended.open()
            }
          },
        }),
        { concurrency: { mode: 'lock', wait: '1m' } },
      )
      const send = await open(t, server)
      const { token } = await send('/first').reply
      const aborted = send('/', token)
      aborted.reply.catch(() => undefined)
      await running.reached
      aborted.abort()
      await closed.opened
      // Waits for the lock, until what came before is stored.
      const reading = send('/read', token)
      running.go()
      await ended.opened
      t.is(code, gone)
      t.is((await reading.reply).text, JSON.stringify(left))
    })
  }

  test(`the cookie survives an error over ${protocol}`, async (t) => {
    const server = await serve(
      t,
      routes({
        '/refused': (ctx) => {
          ctx.session.count = 1
          ctx.throw(403)
        },
        '/read': ({ session }) => ({ ...session }),
      }),
    )
    const send = await open(t, server)
    const { status, token } = await send('/refused').reply
    t.is(status, 403)
    t.is((await send('/read', token).reply).text, '{"count":1}')
  })

  test(`ten requests over ${protocol} that are aborted never run two handlers at once`, async (t) => {
    const arrived = gate()
    const gone = gate()
    const counts = { arrived: 0, gone: 0, running: 0, most: 0 }
    const server = await serve(
      t,
      routes({
        '/first': ({ session }) => void (session.count = 0),
        '/': async ({ session }) => {
          counts.most = Math.max(counts.most, ++counts.running)
          const { count } = session
          session.lateStore = count % 2 === 1
          await gone.opened
          for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate)
          session.count = count + 1
          counts.running -= 1
        },
        '/read': ({ session }) => ({ ...session }),
      }),
      { concurrency: { mode: 'lock', wait: '1m' } },
      (app) => {
        app.use((ctx, next) => {
          if (ctx.path === '/') {
            ctx.res.once('close', () => ++counts.gone === 10 && gone.open())
            if (++counts.arrived === 10) arrived.open()
          }
          return next()
        })
      },
    )
    const send = await open(t, server)
    const { token } = await send('/first').reply
    const all = Array.from({ length: 10 }, () => send('/', token))
    for (const { reply } of all) reply.catch(() => undefined)
    await arrived.opened
    for (const { abort } of all) abort()
    // Comes last.
    t.is((await send('/read', token).reply).text, '{"count":10}')
    t.is(counts.most, 1)
  })
}

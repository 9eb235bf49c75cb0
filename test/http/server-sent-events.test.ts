import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import test from 'ava'
import { SessionError } from '../../src/index.ts'
import { gate } from '../helpers/gate.ts'
import { type Loose, routes, tokenIn } from '../helpers/paths.ts'
import { serve } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

/** Opens the stream of events of the visitor with this cookie. */
async function open(url: string, Cookie = ''): Promise<{ answer: IncomingMessage; close: () => void }> {
  const asked = get(url, { headers: { Cookie }, agent: false })
  asked.on('error', () => undefined)
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  answer.on('error', () => undefined)
  return { answer, close: () => asked.destroy() }
}

test('server-sent events: the cookie leaves before the first event, and what each event saves is stored', async (t) => {
  const streams: { body: PassThrough; session: Loose }[] = []
  const closed = gate()
  const store = new WatchedStore()
  const server = await serve(
    t,
    routes({
      '/events': (ctx: Loose) => {
        ctx.session.events = 0
        ctx.type = 'text/event-stream'
        ctx.body = new PassThrough()
        streams.push({ body: ctx.body, session: ctx.session })
        ctx.body.write(': hello\n\n')
        ctx.res.once('close', () => closed.open())
      },
      '/read': ({ session }) => ({ ...session }),
    }),
    { store },
  )
  const { answer, close } = await open(`${server.url}/events`)
  const cookies = answer.headers['set-cookie']!
  t.truthy(tokenIn({ cookies } as Loose))
  t.deepEqual(store.writes, ['set'], 'the record is there before anything of the answer')
  const Cookie = cookies[0]!.split(';')[0]!
  const [{ body, session }] = streams as [(typeof streams)[0]]
  for (const count of [1, 2]) {
    session.events = count
    await session.save()
    body.write(`data: ${count}\n\n`)
    t.deepEqual((await server.visitor().get('/read', { Cookie })).body, { events: count })
  }
  close()
  await closed.opened
  t.deepEqual((await server.visitor().get('/read', { Cookie })).body, { events: 2 })
  await t.throwsAsync(async () => (session.events = 3), { code: 'ERR_SESSION_LATE_WRITE' })
  // Koa 3 reports that the stream was not read to its end.
  t.false(server.errors.some((error) => error instanceof SessionError))
})

test('server-sent events whose head is written by hand: save() before lets the cookie leave with it', async (t) => {
  const server = await serve(
    t,
    routes({
      '/events': async (ctx: Loose) => {
        ctx.session.seen = true
        await ctx.session.save()
        ctx.respond = false
        ctx.res.writeHead(200, { 'Content-Type': 'text/event-stream' })
        ctx.res.end('data: 1\n\n')
      },
      '/read': ({ session }) => ({ ...session }),
    }),
  )
  const browser = server.visitor()
  t.truthy(tokenIn(await browser.get('/events')))
  t.deepEqual((await browser.get('/read')).body, { seen: true })
  t.deepEqual(server.errors, [])
})

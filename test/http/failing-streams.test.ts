import { PassThrough, Readable } from 'node:stream'
import test from 'ava'
import { SessionError } from '../../src/index.ts'
import { KOA } from '../helpers/koa.ts'
import { type Loose, routes } from '../helpers/paths.ts'
import { PROTOCOLS } from '../helpers/protocols.ts'
import { serve } from '../helpers/serve.ts'

const FAILURE = new Error('The file has gone.')

/** Bodies that fail, after so much of them. */
const BODIES: Record<string, () => Readable> = {
  'before its first byte': () =>
    new Readable({
      read() {
        this.destroy(FAILURE)
      },
    }),
  'in the middle': () => {
    const body = new PassThrough()
    body.write('first, ')
    body.once('resume', () => setImmediate(() => setImmediate(() => body.destroy(FAILURE))))
    return body
  },
  'when its generator throws': () =>
    Readable.from(
      (async function* () {
        yield 'first, '
        await new Promise(setImmediate)
        throw FAILURE
      })(),
    ),
}

for (const [protocol, open] of Object.entries(PROTOCOLS)) {
  for (const [when, body] of Object.entries(BODIES)) {
    test(`a stream over ${protocol} that fails ${when}: the session is stored, the error is reported, the server goes on`, async (t) => {
      const server = await serve(
        t,
        routes({
          '/first': ({ session }) => void (session.count = 1),
          '/stream': (ctx: Loose) => {
            ctx.session.count += 1
            ctx.type = 'text/plain'
            ctx.body = body()
          },
          '/read': ({ session }) => ({ ...session }),
        }),
      )
      const send = await open(t, server)
      const { token } = await send('/first').reply
      const sent = send('/stream', token)
      // Koa 2 answers what fails before the headers by an error, and leaves open what fails later.
      const settled = sent.reply.then(
        ({ status }) => status,
        () => 'broken off',
      )
      while (server.errors.length === 0) await new Promise((resolve) => setTimeout(resolve, 2))
      if (KOA === 2 && when === 'before its first byte') t.is(await settled, 500)
      if (KOA === 2 && when !== 'before its first byte') sent.abort()
      await settled
      t.is((await send('/read', token).reply).text, '{"count":2}')
      t.true(server.errors.includes(FAILURE))
      // Koa 3 reports it twice, Koa 2 that the client has gone.
      t.false(server.errors.some((error) => error instanceof SessionError))
    })
  }

  test(`over ${protocol}, Koa 2 tells the cookie of a session that is new when a stream fails at once, Koa 3 nothing`, async (t) => {
    const server = await serve(t, (ctx: Loose) => {
      ctx.session.count = Number(ctx.session.count ?? 0) + 1
      ctx.body = ctx.path === '/fail' ? BODIES['before its first byte']!() : String(ctx.session.count)
    })
    const send = await open(t, server)
    const { reply } = send('/fail')
    if (KOA === 3) await t.throwsAsync(reply)
    else t.is((await send('/', (await reply).token).reply).text, '2')
    t.is(server.events[0]![0], 'created')
    t.is((await send('/').reply).text, '1')
  })
}

import { PassThrough } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import compress from 'koa-compress'
import conditional from 'koa-conditional-get'
import etag from 'koa-etag'
import request from 'superagent'
import { MemoryStore, type Sessions } from '../../src/index.ts'
import { fakeClock, type FakeClock } from '../../src/testing/fake-clock.ts'
import { type Loose, routes, tokenIn } from '../helpers/paths.ts'
import { type Arranged, serveApp } from './serve-app.ts'

const LONG = 'tea and biscuits, '.repeat(500)

const pages = routes({
  '/write': ({ session }) => {
    session.user = 'ann'
    session.flash.notice = 'Saved'
  },
  '/page': (ctx) => {
    ctx.set('Cache-Control', 'private, no-cache')
    return `Hello ${(ctx as Loose).session.user}`
  },
  '/notice': ({ session }) => String(session.flash.notice),
  '/long': ({ session }) => ((session.user = 'ann'), LONG),
  '/stream': (ctx) => {
    ;(ctx as Loose).session.user = 'ann'
    ctx.type = 'text/plain'
    ctx.body = new PassThrough().end(LONG)
  },
})

const ORDERS: Record<string, (sessions: Sessions<object, string>, ...others: unknown[]) => unknown[]> = {
  'further in than the sessions': (sessions, ...others) => [sessions, ...others, pages],
  'further out than the sessions': (sessions, ...others) => [...others, sessions, pages],
}

for (const [where, order] of Object.entries(ORDERS)) {
  const cached = async (t: ExecutionContext): Promise<Arranged & { clock: FakeClock }> => {
    const clock = fakeClock()
    const store = new MemoryStore({ clock })
    const cookie = { persistent: true }
    const arranged = await serveApp(t, (sessions) => order(sessions, conditional(), etag()), {
      store,
      clock,
      cookie,
    })
    return { ...arranged, clock }
  }

  test(`koa-conditional-get and koa-etag ${where}: 304 says Vary, and the next cookie of a session that is extended`, async (t) => {
    const { visitor, clock } = await cached(t)
    const browser = visitor()
    const token = tokenIn(await browser.get('/write'))
    const first = await browser.get('/page')
    t.like(first, { text: 'Hello ann', cookies: [], headers: { vary: 'Cookie' } })
    const known = { 'If-None-Match': first.headers['etag']! }
    const again = await browser.get('/page', known)
    t.like(again, {
      status: 304,
      text: '',
      cookies: [],
      headers: { vary: 'Cookie', etag: first.headers['etag'] },
    })
    clock.advance('1h')
    const extended = await browser.get('/page', known)
    t.like(extended, { status: 304, text: '', headers: { vary: 'Cookie', 'cache-control': 'no-store' } })
    t.is(tokenIn(extended), token)
  })

  test(`koa-conditional-get and koa-etag ${where}: another visitor's copy is not this one's`, async (t) => {
    const { visitor } = await cached(t)
    const ann = visitor()
    await ann.get('/write')
    const { headers } = await ann.get('/page')
    const other = await visitor().get('/page', { 'If-None-Match': headers['etag']! })
    t.like(other, { status: 200, text: 'Hello undefined' })
  })

  for (const path of ['/long', '/stream']) {
    test(`koa-compress ${where}: ${path} is compressed, stored before it leaves, with the cookie and both names in Vary`, async (t) => {
      const { url, visitor } = await serveApp(t, (sessions) => order(sessions, compress()))
      const answer = await request
        .get(url + path)
        .set('Accept-Encoding', 'gzip')
        .buffer(true)
        .parse((response, done) => {
          // superagent has decoded it already.
          const chunks: Buffer[] = []
          response.on('data', (chunk) => chunks.push(Buffer.from(chunk as Buffer)))
          response.on('end', () => done(null, Buffer.concat(chunks)))
        })
      const body = answer.body as Buffer
      t.is((body[0] === 0x1f && body[1] === 0x8b ? gunzipSync(body) : body).toString(), LONG)
      t.is(answer.headers['content-encoding'], 'gzip')
      t.deepEqual(new Set(answer.headers['vary']!.split(', ')), new Set(['Accept-Encoding', 'Cookie']))
      const Cookie = String(answer.headers['set-cookie']).split(';')[0]!
      t.is((await visitor().get('/page', { Cookie })).text, 'Hello ann')
    })
  }
}

test('a 304 uses up no message if koa-conditional-get is further in than the sessions', async (t) => {
  const { visitor } = await serveApp(t, (sessions) => [sessions, conditional(), etag(), pages])
  const browser = visitor()
  await browser.get('/write')
  const { headers, text } = await browser.get('/notice')
  t.is(text, 'Saved')
  const known = { 'If-None-Match': headers['etag']! }
  await browser.get('/write')
  t.is((await browser.get('/notice', known)).status, 304)
  t.is((await browser.get('/notice')).text, 'Saved')
})

test('a 304 uses up the message that the cached page shows if koa-conditional-get is further out', async (t) => {
  const { visitor } = await serveApp(t, (sessions) => [conditional(), etag(), sessions, pages])
  const browser = visitor()
  await browser.get('/write')
  const { headers } = await browser.get('/notice')
  await browser.get('/write')
  t.is((await browser.get('/notice', { 'If-None-Match': headers['etag']! })).status, 304)
  t.is((await browser.get('/notice')).text, 'undefined')
})

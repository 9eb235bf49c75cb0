import test, { type ExecutionContext } from 'ava'
import Koa, { type Middleware } from 'koa'
import genericSession from 'koa-generic-session'
import redisStore from 'koa-redis'
import koaSession from 'koa-session'
import request from 'superagent'
import { fromKoaStore, type KoaStore, type KoaStoreOptions } from '../../src/adapters/index.ts'
import { type ConformanceCase, storeConformance } from '../../src/testing/index.ts'
import { declareConformance } from '../helpers/conformance.ts'
import { serve } from '../helpers/serve.ts'
import { content, handler, HOUR, plain, put, take } from './content.ts'
import { startRedis } from './servers.ts'

type Format = NonNullable<KoaStoreOptions['format']>

/** The libraries, made to take the id from a header and to send it back. */
const LIBRARIES: Readonly<Record<Format, (app: Koa, store: KoaStore) => Middleware>> = {
  'koa-session': (app, store) =>
    koaSession(
      {
        store: store as never,
        maxAge: HOUR,
        externalKey: { get: (ctx) => ctx.get('sid'), set: (ctx, sid) => ctx.set('sid', sid) },
      },
      app,
    ),
  'koa-generic-session': (_app, store) =>
    genericSession({
      store,
      cookie: { maxAge: HOUR },
      sessionIdStore: {
        get(this: Koa.Context) {
          return this.get('sid')
        },
        set(this: Koa.Context, sid: string) {
          this.set('sid', sid)
        },
        reset() {},
      },
    }),
}

type Ask = (path: string, sid?: string) => Promise<{ body: Record<string, unknown>; sid: string | undefined }>

interface Session extends Record<string, unknown> {
  toJSON?(): object
}

function serveLibrary(t: ExecutionContext, format: Format, store: KoaStore): Ask {
  const app = new Koa()
  app.keys = ['secret']
  app.use(LIBRARIES[format](app, store))
  app.use((ctx) => {
    const session = ctx['session'] as Session
    if (ctx.path === '/write') session['user'] = 'bob'
    ctx.body = { ...(session.toJSON?.() ?? session) }
    if (ctx.path === '/destroy') ctx['session'] = null
  })
  const server = app.listen()
  t.teardown(() => server.close())
  const { port } = server.address() as { port: number }
  return async (path, sid = '') => {
    const { body, headers } = await request.get(`http://127.0.0.1:${port}${path}`).set('sid', sid)
    return { body: body as Record<string, unknown>, sid: headers['sid'] }
  }
}

/** A store as the documents of koa-session show it: it keeps the very objects. */
function mapStore(): KoaStore {
  const records = new Map<string, unknown>()
  return {
    get: (key) => records.get(key),
    set: (key, session) => void records.set(key, session),
    destroy: (key) => void records.delete(key),
  }
}

function declare(name: string, format: Format, open: () => KoaStore): void {
  test(`${name}: what we write ${format} reads, and what it changes we read`, async (t) => {
    const store = open()
    const ours = fromKoaStore(store, { format })
    const ask = serveLibrary(t, format, store)
    const written = content()
    const version = await put(ours, 'shared', written)
    t.deepEqual(await take(ours, 'shared'), plain(written))
    t.like((await ask('/read', 'shared')).body, { user: 'ann', cart: [{ tea: 1 }] })
    t.is((await ours.get('shared'))?.version, version, 'reading changes nothing')
    await ask('/write', 'shared')
    t.deepEqual(await take(ours, 'shared'), plain({ ...written, data: { ...written.data, user: 'bob' } }))
    t.not((await ours.get('shared'))?.version, version)
    await ask('/destroy', 'shared')
    t.is(await ours.get('shared'), undefined)
  })

  test(`${name}: a session of ${format} is one of ours`, async (t) => {
    const store = open()
    const ours = fromKoaStore(store, { format })
    const ask = serveLibrary(t, format, store)
    const sid = (await ask('/write')).sid!
    const before = (await ours.get(sid))!
    t.deepEqual((await take(ours, sid))?.data, { user: 'bob' })
    t.true(Math.abs(before.expiresAt - Date.now() - HOUR) < 60_000)
    t.true(await ours.touch(sid, before.expiresAt + HOUR, before.version))
    t.like(await ours.get(sid), { version: before.version, expiresAt: before.expiresAt + HOUR })
    t.like((await ask('/read', sid)).body, { user: 'bob' })
    t.true(await ours.delete(sid))
    t.false('user' in (await ask('/read', sid)).body)
  })

  test(`${name} with the records of ${format}: the whole life of a session`, async (t) => {
    const { visitor } = await serve(t, handler, { store: fromKoaStore(open(), { format }), clock: Date.now })
    const browser = visitor()
    await browser.get('/write')
    await browser.get('/change-id')
    t.deepEqual((await browser.get('/read')).body, { user: 'ann', isNew: false, notice: 'Saved' })
    t.deepEqual((await browser.get('/read')).body, { user: 'ann', isNew: false })
    await browser.get('/destroy')
    t.deepEqual((await browser.get('/read')).body, { isNew: true })
  })
}

function conformanceOf(open: () => KoaStore, format: Format): Promise<readonly ConformanceCase[]> {
  let count = 0
  const create = () => fromKoaStore(open(), { format, timeout: '1m', prefix: `${format} ${(count += 1)}:` })
  return storeConformance({ create, ownClock: true })
}

const server = await startRedis()
const redis = server && redisStore({ host: '127.0.0.1', port: server.port })
const stores: Record<string, () => KoaStore> = { 'a store that keeps objects': mapStore }
if (redis) stores['koa-redis'] = () => redis

const FORMATS: readonly Format[] = ['koa-session', 'koa-generic-session']
const lists = await Promise.all(
  Object.entries(stores).flatMap(([name, open]) =>
    FORMATS.map(async (format) => ({ name, open, format, cases: await conformanceOf(open, format) })),
  ),
)

for (const { name, open, format, cases } of lists) {
  declare(name, format, open)
  declareConformance(`fromKoaStore(${name}, ${format})`, cases)
}

if (!redis) test.skip('koa-redis: there is no redis-server on this machine', (t) => t.pass())

test.after.always('the server is stopped', async () => {
  await redis?.quit()
  await server?.stop()
})

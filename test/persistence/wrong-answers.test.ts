import test from 'ava'
import Koa from 'koa'
import { MemoryStore, session, SessionConfigError, type Store, UnsupportedError } from '../../src/index.ts'
import { routes } from '../helpers/paths.ts'
import { listen, serve, visitor } from '../helpers/serve.ts'

const app = routes({
  '/write': ({ session: one, query }) => Object.assign(one, query),
  '/read': ({ session: one }) => ({ ...one }),
  '/touch': ({ session: one }) => one.touch(),
  '/destroy': ({ session: one }) => one.destroy(),
})

/** A store in memory of which one method answers as it likes. */
function answering(method: keyof Store, answer: unknown): Store {
  const inner = new MemoryStore()
  const store = {
    capabilities: inner.capabilities,
    get: inner.get.bind(inner),
    set: inner.set.bind(inner),
    touch: inner.touch.bind(inner),
    delete: inner.delete.bind(inner),
    lock: inner.lock.bind(inner),
  }
  return { ...store, [method]: () => answer }
}

const WRONG: [method: keyof Store, answer: unknown, path: string, shown: RegExp][] = [
  [
    'set',
    undefined,
    '/write?a=1',
    /^Expected set of the session store .*\{ ok: true, version \}.*, got nothing/,
  ],
  ['set', true, '/write?a=1', /got true/],
  ['set', { ok: true }, '/write?a=1', /got \{ ok: Boolean \}/],
  ['set', { ok: false, current: 'text' }, '/write?a=1', /got \{ ok: Boolean, current: String \}/],
  ['set', Promise.resolve(), '/write?a=1', /got nothing/],
  ['set', 'OK', '/write?a=1', /a value of the kind String/],
  ['get', 'secret', '/read', /^Expected get .* got a value of the kind String/],
  ['get', { data: 'secret' }, '/read', /got \{ data: String \}/],
  [
    'get',
    { data: {}, version: '1', expiresAt: 1 },
    '/read',
    /data: Object, version: String, expiresAt: Number/,
  ],
  ['get', Promise.resolve([]), '/read', /kind Array/],
  ['touch', undefined, '/touch', /^Expected touch .* got nothing/],
]
for (const [method, answer, path, message] of WRONG) {
  test(`${method} that answers ${JSON.stringify(answer)} is named, typed, and nobody else is blamed (${String(message)})`, async (t) => {
    const store = answering(method, answer)
    const served = await serve(t, app, { store, expiryThreshold: 0 })
    const browser = served.visitor()
    if (method === 'touch') await browser.get('/write?a=1')
    const Cookie = method === 'get' ? { Cookie: `sid=${'A'.repeat(43)}` } : {}
    served.clock.advance('1m')
    t.is((await browser.get(path, Cookie)).status, 500)
    const [error] = served.errors as UnsupportedError[]
    t.true(error instanceof UnsupportedError)
    t.regex(error!.message, message)
    t.notRegex(error!.message, /token\.generate|secret/)
  })
}

test('null from get, and as the record that stood in the way, is no record', async (t) => {
  const served = await serve(t, app, { store: answering('get', null) })
  t.is((await served.visitor().get('/read', { Cookie: `sid=${'A'.repeat(43)}` })).status, 200)
})

test('a lock that is none is named', async (t) => {
  const served = await serve(t, app, { store: answering('lock', Promise.resolve({})), concurrency: 'lock' })
  const browser = served.visitor()
  await browser.get('/write?a=1')
  t.is((await browser.get('/read')).status, 500)
  t.regex((served.errors[0] as Error).message, /^Expected lock .*\{ renew, release \}/)
})

test('a sealed store that does not return a token is named', async (t) => {
  const store = { seal: () => undefined as never, open: () => undefined }
  const served = await serve(t, app, { store: store as never })
  t.is((await served.visitor().get('/write?a=1')).status, 500)
  t.regex((served.errors[0] as Error).message, /^Expected seal .* got nothing/)
})

test('a middleware on another app than its own is named, a mounted one is not', async (t) => {
  const [mine, other] = [new Koa(), new Koa()]
  other.use(session(mine) as Koa.Middleware)
  const errors: unknown[] = []
  other.on('error', (error) => errors.push(error))
  t.is((await visitor(await listen(t, other)).get('/')).status, 500)
  t.true(errors[0] instanceof SessionConfigError)
  t.regex((errors[0] as Error).message, /app that it was made for, got another app: .*session\(thatApp/)
})

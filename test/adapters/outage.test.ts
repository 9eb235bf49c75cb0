import test from 'ava'
import { RedisStore } from 'connect-redis'
import redisStore from 'koa-redis'
import { createClient } from 'redis'
import { type AdaptedStore, fromExpressStore, fromKoaStore } from '../../src/adapters/index.ts'
import { routes } from '../helpers/paths.ts'
import { serve } from '../helpers/serve.ts'
import { startRedis } from './servers.ts'

const handler = routes({
  '/write': ({ session }) => {
    session.user = 'ann'
  },
  '/read': ({ session }) => ({ ...session }),
  '/destroy': ({ session }) => session.destroy(),
})

const OPTIONS = { timeout: 300, shared: true, durable: true, expires: true } as const

/** On a server at this port; what closes the client. */
const STORES: Readonly<Record<string, (port: number) => Promise<[AdaptedStore, () => unknown]>>> = {
  'koa-redis': async (port) => {
    const store = redisStore({ host: '127.0.0.1', port })
    return [fromKoaStore(store, OPTIONS), () => store.client.disconnect()]
  },
  'connect-redis': async (port) => {
    const client = createClient({ socket: { host: '127.0.0.1', port } })
    client.on('error', () => {})
    await client.connect()
    return [fromExpressStore(new RedisStore({ client }), OPTIONS), () => client.destroy()]
  },
}

const server = await startRedis()
await server?.stop()

for (const [name, open] of Object.entries(STORES)) {
  if (!server) {
    test.skip(`${name}: there is no redis-server on this machine`, (t) => t.pass())
    continue
  }
  test(`${name}: while its server is down the answer is 503, and no cookie`, async (t) => {
    const own = (await startRedis())!
    const [store, close] = await open(own.port)
    t.teardown(() => void close())
    const { visitor } = await serve(t, handler, { store, clock: Date.now })
    const browser = visitor()
    await browser.get('/write')
    t.deepEqual((await browser.get('/read')).body, { user: 'ann' })
    await own.stop()
    for (const path of ['/read', '/write', '/destroy']) {
      const began = Date.now()
      const { status, cookies } = await browser.get(path)
      t.deepEqual({ status, cookies }, { status: 503, cookies: [] }, path)
      t.true(Date.now() - began < 5_000, path)
    }
  })
}

import test from 'ava'
import { Keyv } from 'keyv'
import { CacheStore } from '../../../src/stores/cache/index.ts'
import { routes } from '../../helpers/paths.ts'
import { serve } from '../../helpers/serve.ts'

const handler = routes({
  '/write': ({ session }) => void (session.user = `ann ${Math.random()}`),
  '/read': ({ session }) => ({ ...session }),
})

test('a request that reads costs one get, one that writes three and a set, as the page on stores says', async (t) => {
  const calls = { get: 0, set: 0, delete: 0 }
  const keyv = new Keyv()
  const cache = {
    get(key: string) {
      calls.get += 1
      return keyv.get(key)
    },
    set(key: string, value: string, ttl: number) {
      calls.set += 1
      return keyv.set(key, value, ttl)
    },
    delete(key: string) {
      calls.delete += 1
      return keyv.delete(key)
    },
  }
  const store = new CacheStore({ cache })
  await store.verify()
  const { visitor, url } = await serve(t, handler, { store, clock: Date.now })
  const browser = visitor()
  const cost = async (act: () => Promise<unknown>): Promise<object> => {
    Object.assign(calls, { get: 0, set: 0, delete: 0 })
    await act()
    return { ...calls }
  }
  t.deepEqual(await cost(() => visitor().get('/read')), { get: 0, set: 0, delete: 0 })
  await browser.get('/write')
  t.deepEqual(await cost(() => browser.get('/read')), { get: 1, set: 0, delete: 0 })
  t.deepEqual(await cost(() => browser.get('/write')), { get: 3, set: 1, delete: 0 })
  const unknown = { Cookie: `sid=${'x'.repeat(43)}` }
  t.deepEqual(await cost(() => visitor().get('/read', unknown)), { get: 2, set: 0, delete: 0 }, url)
})

import test from 'ava'
import { type Loose, routes } from '../helpers/paths.ts'
import { serve } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

/** Calls a verb as passport does, and tells what reached the callback and what the verb returned. */
const call =
  (verb: string, ...args: unknown[]) =>
  async (ctx: Loose) => {
    let calls = 0
    let returned: unknown
    const error = await new Promise((resolve) => {
      returned = ctx.session[verb](...args, (failure: unknown) => {
        calls += 1
        resolve(failure)
      })
    })
    const rejected = await Promise.resolve(returned).then(
      () => 'resolved',
      () => 'rejected',
    )
    return {
      error: (error as { code?: string })?.code ?? String(error),
      rejected,
      calls,
      data: { ...ctx.session },
    }
  }

const app = routes({
  '/write': ({ session }) => Object.assign(session, { user: 'ann', cart: [1] }),
  '/destroy': call('destroy'),
  '/destroy-reason': call('destroy', 'logout'),
  '/changeId': call('changeId'),
  '/regenerate': call('regenerate'),
  '/regenerate-keep': call('regenerate', { keep: ['cart'] }),
  '/regenerate-undefined': call('regenerate', undefined),
  '/save': call('save'),
  '/save-changes': (ctx) => {
    ctx['session'].user = 'bob'
    return call('save')(ctx)
  },
  '/read': ({ session }) => ({ ...session }),
})

const OK = { error: 'undefined', rejected: 'resolved', calls: 1 }
const FAILED = { error: 'ERR_STORE_UNAVAILABLE', rejected: 'resolved', calls: 1 }
const LEFT: Record<string, object> = {
  '/destroy': {},
  '/destroy-reason': {},
  '/changeId': { user: 'ann', cart: [1] },
  '/regenerate': {},
  '/regenerate-keep': { cart: [1] },
  '/regenerate-undefined': {},
  '/save': { user: 'ann', cart: [1] },
}

for (const [path, data] of Object.entries(LEFT)) {
  test(`${path} with a callback calls it once, without an error`, async (t) => {
    const browser = (await serve(t, app)).visitor()
    await browser.get('/write')
    t.deepEqual((await browser.get(path)).body, { ...OK, data })
    t.deepEqual((await browser.get('/read')).body, data)
  })
}

for (const path of [
  '/destroy',
  '/destroy-reason',
  '/changeId',
  '/regenerate',
  '/regenerate-keep',
  '/save-changes',
]) {
  test(`${path} with a callback hands it the failure of the store and does not reject`, async (t) => {
    const store = new WatchedStore()
    let seen: unknown
    const { visitor } = await serve(t, app, { store }, (koa) => {
      koa.use(async (ctx, next) => {
        await next().finally(() => (seen = ctx.body))
      })
    })
    const browser = visitor()
    await browser.get('/write')
    store.failing.set('set', new Error('down'))
    await browser.get(path)
    t.like(seen, FAILED)
  })
}

for (const verb of ['destroy', 'changeId', 'regenerate', 'save']) {
  test(`${verb} with a callback hands it the refusal of a request without a session`, async (t) => {
    const { visitor } = await serve(t, routes({ '/': call(verb) }), { skip: () => true })
    t.like((await visitor().get('/')).body, { ...OK, error: 'ERR_SESSION_UNAVAILABLE' })
  })
}

import test, { type ExecutionContext } from 'ava'
import type { Middleware } from 'koa'
import mount from 'koa-mount'
import { MemoryStore, session } from '../../src/index.ts'
import Koa from '../helpers/koa.ts'
import { routes, tokenIn } from '../helpers/paths.ts'
import { listen, visitor } from '../helpers/serve.ts'

const handler = (name: string): Middleware =>
  routes({
    '/write': (ctx) => (ctx[name].user = name),
    '/read': (ctx) => ({ session: { ...ctx['session'] }, admin: { ...ctx['admin'] } }),
    '/destroy': (ctx) => ctx[name].destroy(),
    '/throw': (ctx) => {
      ctx[name].user = name
      ctx.throw(418)
    },
  }) as Middleware

/** An application with an administration below `/admin`, which has a session of its own. */
const mounted = async (t: ExecutionContext) => {
  const store = new MemoryStore()
  const admin = new Koa()
  admin.use(session(admin, { store, as: 'admin', cookie: { path: '/admin' } }))
  admin.use(handler('admin'))
  const app = new Koa()
  app.use(session(app, { store }))
  app.use(mount('/admin', admin))
  app.use(handler('session'))
  return visitor(await listen(t, app))
}

test('an application that is mounted has a session beside the outer one, with a cookie for its path', async (t) => {
  const browser = await mounted(t)
  t.truthy(tokenIn(await browser.get('/write')))
  const answer = await browser.get('/admin/write')
  t.truthy(tokenIn(answer, 'admin.sid'))
  t.true(answer.cookies[0]!.includes('; Path=/admin'))
  const both = { session: { user: 'session' }, admin: { user: 'admin' } }
  t.deepEqual((await browser.get('/admin/read')).body, both)
  t.deepEqual((await browser.get('/read')).body, { session: { user: 'session' }, admin: {} })
})

test('each of the two ends without the other', async (t) => {
  const browser = await mounted(t)
  await browser.get('/write')
  await browser.get('/admin/write')
  t.is(tokenIn(await browser.get('/admin/destroy'), 'admin.sid'), '')
  t.deepEqual((await browser.get('/admin/read')).body, { session: { user: 'session' }, admin: {} })
})

test('the cookies of both survive an error in the inner application', async (t) => {
  const browser = await mounted(t)
  const answer = await browser.get('/admin/throw')
  t.is(answer.status, 418)
  t.truthy(tokenIn(answer, 'admin.sid'))
  t.deepEqual((await browser.get('/admin/read')).body, { session: {}, admin: { user: 'admin' } })
})

test('an application that is mounted may use the outer session, and be the only one with one', async (t) => {
  const inner = new Koa()
  inner.use(handler('session'))
  const outer = new Koa()
  outer.use(session(outer))
  outer.use(mount('/inner', inner))
  const browser = visitor(await listen(t, outer))
  await browser.get('/inner/write')
  t.like((await browser.get('/inner/read')).body, { session: { user: 'session' } })

  const only = new Koa()
  only.use(session(only))
  only.use(handler('session'))
  const host = new Koa()
  host.use(mount('/only', only))
  host.use((ctx) => (ctx.body = String(ctx['session'])))
  const other = visitor(await listen(t, host))
  await other.get('/only/write')
  t.like((await other.get('/only/read')).body, { session: { user: 'session' } })
  t.is((await other.get('/')).text, 'undefined')
})

test('sessions made for the outer application may be used by the inner one alone', async (t) => {
  const inner = new Koa()
  const outer = new Koa()
  inner.use(session(outer))
  inner.use(handler('session'))
  const errors: unknown[] = []
  outer.on('error', (error) => errors.push(error))
  outer.use(mount('/inner', inner))
  const browser = visitor(await listen(t, outer))
  await browser.get('/inner/write')
  t.like((await browser.get('/inner/read')).body, { session: { user: 'session' } })
  t.deepEqual(errors, [])
})

import MaintainedRouter from '@koa/router'
import test from 'ava'
import KoaRouter from 'koa-router'
import type { Sessions } from '../../src/index.ts'
import type { Loose } from '../helpers/paths.ts'
import { tokenIn } from '../helpers/paths.ts'
import { serveApp } from './serve-app.ts'

type Handle = (ctx: Loose, next: () => Promise<unknown>) => unknown

/** What both have. */
interface Router {
  get(path: string, ...handlers: Handle[]): unknown
  post(path: string, ...handlers: Handle[]): unknown
  use(...handlers: Handle[]): unknown
  use(path: string, ...handlers: Handle[]): unknown
  routes(): Handle
  allowedMethods(): Handle
}

const count: Handle = (ctx) => {
  ctx.session.count = Number(ctx.session.count ?? 0) + 1
  ctx.body = { count: ctx.session.count }
}

for (const [name, make] of Object.entries({
  '@koa/router': () => new MaintainedRouter() as unknown as Router,
  'koa-router': () => new KoaRouter() as unknown as Router,
})) {
  test(`${name}: routes behind the sessions have the session, what they do not answer touches none`, async (t) => {
    const router = make()
    router.get('/count/:what', count)
    router.get('/away', (ctx) => {
      ctx.session.from = 'away'
      ctx.redirect('/count/one')
    })
    const { visitor } = await serveApp(t, (sessions) => [sessions, router.routes(), router.allowedMethods()])
    const browser = visitor()
    t.like(await browser.get('/nowhere'), { status: 404, cookies: [] })
    t.like(await browser.post('/count/one'), { status: 405, cookies: [] })
    const away = await browser.get('/away')
    t.like(away, { status: 302, headers: { location: '/count/one' } })
    t.truthy(tokenIn(away))
    t.deepEqual((await browser.get('/count/one')).body, { count: 1 })
    t.deepEqual((await browser.get('/count/two')).body, { count: 2 })
  })

  test(`${name}: sessions that only some routes use`, async (t) => {
    const shop = (sessions: Sessions<object, string>): Handle => {
      const inner = make()
      inner.use(sessions as Handle)
      inner.get('/count', count)
      const router = make()
      router.get('/public', (ctx) => (ctx.body = String(ctx.session)))
      router.use('/shop', inner.routes())
      return router.routes()
    }
    const { visitor } = await serveApp(t, (sessions) => [shop(sessions)])
    const browser = visitor()
    await browser.get('/shop/count')
    t.deepEqual((await browser.get('/shop/count')).body, { count: 2 })
    t.is((await browser.get('/public')).text, 'undefined')
  })

  test(`${name}: a sibling with a lock on one route`, async (t) => {
    const { visitor } = await serveApp(t, (sessions) => {
      const router = make()
      router.get('/count', count)
      router.get('/slow', sessions.with({ concurrency: 'lock' }) as Handle, async (ctx) => {
        const before = Number(ctx.session.count)
        for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate)
        ctx.session.count = before + 1
        ctx.body = 'done'
      })
      return [sessions, router.routes()]
    })
    const browser = visitor()
    await browser.get('/count')
    await Promise.all(Array.from({ length: 5 }, () => browser.get('/slow')))
    t.deepEqual((await browser.get('/count')).body, { count: 7 })
  })
}

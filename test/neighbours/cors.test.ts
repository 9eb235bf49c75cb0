import cors from '@koa/cors'
import test from 'ava'
import request from 'superagent'
import type { Sessions } from '../../src/index.ts'
import { routes, tokenIn } from '../helpers/paths.ts'
import { WatchedStore } from '../helpers/watched-store.ts'
import { serveApp } from './serve-app.ts'

const ORIGIN = 'https://shop.example'

const handler = routes({
  '/write': ({ session }) => (session.user = 'ann'),
  '/throw': async (ctx) => {
    ctx['session'].user = 'ann'
    await ctx['session'].save()
    ctx.throw(Number(ctx.query['status']), 'no', { headers: { 'X-Error': 'yes' } })
  },
  '/read': ({ session }) => ({ ...session }),
})

const ORDERS: Record<string, (sessions: Sessions<object, string>, cors: unknown) => unknown[]> = {
  'further out than the sessions': (sessions, cors) => [cors, sessions, handler],
  'further in than the sessions': (sessions, cors) => [sessions, cors, handler],
}

for (const [where, order] of Object.entries(ORDERS)) {
  for (const status of [401, 500]) {
    test(`@koa/cors ${where}: an error with status ${status} keeps its headers and ours`, async (t) => {
      const { visitor } = await serveApp(t, (sessions) => order(sessions, cors({ credentials: true })))
      const browser = visitor()
      const answer = await browser.get(`/throw?status=${status}`, { Origin: ORIGIN })
      t.like(answer, {
        status,
        headers: {
          'access-control-allow-origin': ORIGIN,
          'access-control-allow-credentials': 'true',
          'x-error': 'yes',
          'cache-control': 'no-store',
        },
      })
      t.deepEqual(new Set(answer.headers['vary']!.split(', ')), new Set(['Origin', 'Cookie']))
      t.is(answer.cookies.length, 1)
      t.truthy(tokenIn(answer))
      t.deepEqual((await browser.get('/read', { Origin: ORIGIN })).body, { user: 'ann' })
    })
  }

  test(`@koa/cors ${where}: a preflight request touches no session`, async (t) => {
    const store = new WatchedStore()
    const { url, visitor } = await serveApp(t, (sessions) => order(sessions, cors({ credentials: true })), {
      store,
    })
    const written = await visitor().get('/write', { Origin: ORIGIN })
    t.deepEqual(new Set(written.headers['vary']!.split(', ')), new Set(['Origin', 'Cookie']))
    store.forget()
    // A browser sends no cookie with it.
    const preflight = await request
      .options(`${url}/write`)
      .set({ Origin: ORIGIN, 'Access-Control-Request-Method': 'POST' })
    t.is(preflight.status, 204)
    t.deepEqual([preflight.headers['set-cookie'], store.calls], [undefined, []])
    t.is(preflight.headers['vary'], 'Origin')
  })
}

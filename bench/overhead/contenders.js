import Koa from 'koa'
import koaSession from 'koa-session'
import { MemoryStore, session } from '../../dist/index.js'

const rows = Array.from({ length: 100 }, (_, n) => ({ id: n, name: `row ${n}`, note: 'x'.repeat(60) }))
const small = { user: 'alice', roles: ['reader', 'writer'], views: 0 }

/** What the handler does with the session. A path that begins with `/seed` fills it first. */
export const WORK = {
  w1: () => undefined,
  w1c: () => undefined,
  w2: (ctx) => ctx.session.user,
  w3: (ctx) => (ctx.session.views += 1),
  w4: (ctx) => (ctx.session.user = 'alice'),
  w5r: (ctx) => ctx.session.rows[50].name,
  w5w: (ctx) => (ctx.session.views += 1),
}

function seed(ctx) {
  Object.assign(ctx.session, structuredClone(small))
  if (ctx.path.startsWith('/seed-w5')) ctx.session.rows = structuredClone(rows)
}

function koa(use, work) {
  const app = new Koa()
  app.keys = ['not a secret']
  const middleware = use?.(app)
  if (middleware) app.use(middleware)
  app.use((ctx) => {
    if (middleware && ctx.path !== '/') seed(ctx)
    else if (middleware) work(ctx)
    ctx.body = 'ok'
  })
  return app
}

/** koa-session brings no store of its own. */
class AsyncMap {
  #texts = new Map()
  async get(key) {
    const text = this.#texts.get(key)
    return text && JSON.parse(text)
  }
  async set(key, value) {
    this.#texts.set(key, JSON.stringify(value))
  }
  async destroy(key) {
    this.#texts.delete(key)
  }
}

export const CONTENDERS = {
  bare: (work) => koa(undefined, work),
  'koa-session': (work) => koa((app) => koaSession({ store: new AsyncMap() }, app), work),
  ours: (work) => koa((app) => session(app, { store: new MemoryStore() }), work),
}

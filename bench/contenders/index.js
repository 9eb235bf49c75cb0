import Koa from 'koa'
import koaSession from 'koa-session'
import { MemoryStore, SealedStore, session } from '../../dist/index.js'
import { AsyncStore } from './async-store.js'
import { JsonStore } from './json-store.js'
import { reference } from './reference.js'

/** What each is called in tables, and the middleware that it puts before the handler, with its default options. */
export const CONTENDERS = {
  bare: { title: 'bare Koa' },
  floor: { title: 'Koa, an empty async middleware', use: () => async (_ctx, next) => void (await next()) },
  'koa-session': {
    title: 'koa-session 7, asynchronous JSON store',
    use: (app) => koaSession({ store: new JsonStore() }, app),
    keepsSessions: true,
  },
  'koa-session-cookie': {
    title: 'koa-session 7, cookie',
    use: (app) => koaSession({}, app),
    keepsSessions: true,
  },
  ours: {
    title: 'ours, MemoryStore',
    use: (app) => session(app, { store: new MemoryStore() }),
    keepsSessions: true,
  },
  'ours-async': {
    title: 'ours, asynchronous store',
    use: (app) => session(app, { store: new AsyncStore() }),
    keepsSessions: true,
  },
  'ours-sealed': {
    title: 'ours, SealedStore',
    use: (app) => session(app, { store: new SealedStore({ keys: ['a secret of 32 characters at least'] }) }),
    keepsSessions: true,
  },
  reference: { title: 'a plain reference', use: reference, keepsSessions: true },
}

/**
 * The application that is measured: `/` does the workload, `/seed` fills the session, `/count` changes it and
 * `/data` shows it.
 */
export function application({ use, keepsSessions = false }, { act, seed }) {
  const app = new Koa()
  app.keys = ['not a secret']
  // A failure is in the answer, where it is looked for.
  app.silent = true
  const middleware = use?.(app)
  if (middleware) app.use(middleware)
  const others = {
    '/seed': (ctx) => void seed(ctx.session),
    '/count': (ctx) => void (ctx.session.views += 1),
    '/data': (ctx) => JSON.stringify(ctx.session),
  }
  app.use((ctx) => {
    ctx.body = 'ok'
    // Bare Koa looks at the path too: that is no cost of a session.
    if (ctx.path !== '/') ctx.body = others[ctx.path](ctx) ?? 'ok'
    else if (keepsSessions) act(() => ctx.session)
  })
  return app
}

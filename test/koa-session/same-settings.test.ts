import test, { type ExecutionContext } from 'ava'
import type { Context } from 'koa'
import type { SessionOptions, SessionStore } from '../../src/koa-session/index.ts'
import { type Handler, play, same, type SessionedContext, type Step } from './both.ts'

const count: Handler = (ctx) => {
  ctx.session['n'] = ((ctx.session['n'] as number | undefined) ?? 0) + 1
  ctx.body = ctx.session
}
const look: Handler = (ctx) => {
  if (ctx.path === '/set') ctx.session['user'] = 'bob'
  if (ctx.path === '/remove') ctx.session = null as never
  ctx.body = { json: ctx.session, isNew: ctx.session?.isNew }
}
const WALK: readonly (string | Step)[] = ['/', '/set', '/', '/set', { path: '/', wait: 7000 }, '/remove', '/']

test.serial('the id travels as externalKey says', async (t) => {
  const seen = await same(t, {
    handler: (ctx) => {
      ctx.body = ctx.session.externalKey
      if (ctx.path === '/set') ctx.session['a'] = 1
    },
    steps: ['/set', { path: '/', headers: { token: 'id-1' } }, { path: '/', headers: { token: 'made-up' } }],
    options: (store) => ({
      store,
      externalKey: { get: (ctx) => ctx.get('token'), set: (ctx, key) => ctx.set('token', key) },
    }),
  })
  t.is(seen[1]!.text, 'id-1')
  t.is(seen[2]!.text, 'id-2')
  t.deepEqual(seen[2]!.events, [['missed', 'made-up', undefined, '/']])
})

test.serial('a ContextStore is made with the context of each request, and wins over store', async (t) => {
  const options = (store: SessionStore): SessionOptions => {
    class ContextStore implements SessionStore {
      constructor(ctx: Context) {
        ctx.set('made', ctx.path)
      }
      get(...given: Parameters<SessionStore['get']>): unknown {
        return store.get(...given)
      }
      set(...given: Parameters<SessionStore['set']>): unknown {
        return store.set(...given)
      }
      destroy(...given: Parameters<SessionStore['destroy']>): unknown {
        return store.destroy(...given)
      }
    }
    return { ContextStore, store: { ...store, get: () => t.fail() } }
  }
  const seen = await same(t, { handler: look, steps: WALK, options })
  t.is(Object.keys(seen[2]!.records).length, 1)
})

test.serial('ids begin with the prefix', async (t) => {
  for (const library of ['koa-session', 'ours'] as const) {
    const seen = await play(t, library, {
      handler: count,
      steps: ['/', '/'],
      options: (store) => ({ store, genid: undefined, prefix: 'sess:' }),
    })
    t.regex(seen[0]!.cookies[0]!, /^koa\.sess=sess:[\da-f-]{36}; path=\/; httponly$/)
    t.is(seen[1]!.text, '{"n":2}')
  }
})

test.serial('genid is given the context', async (t) => {
  const genid: SessionOptions['genid'] = (ctx) => `made-for-${ctx.path.slice(1)}`
  await same(t, { handler: look, steps: ['/set', '/'], options: (store) => ({ store, genid }) })
})

for (const kind of ['cookie', 'store'] as const) {
  const place = (store: SessionStore): SessionOptions => (kind === 'store' ? { store } : {})
  const walk = (t: ExecutionContext, options: SessionOptions, handler: Handler = look, steps = WALK) =>
    same(t, { handler, steps, options: (store) => ({ ...place(store), ...options }) })

  test.serial(`${kind}: valid and beforeSave`, async (t) => {
    const seen = await walk(
      t,
      {
        valid: (ctx, session) => session['uid'] === ctx.get('uid'),
        beforeSave: (ctx, session) => void (session['uid'] = ctx.get('uid')),
      },
      count,
      [
        { path: '/', headers: { uid: '1' } },
        { path: '/', headers: { uid: '1' } },
        { path: '/', headers: { uid: '2' } },
        { path: '/', headers: { uid: '2' } },
      ],
    )
    t.deepEqual(
      seen.map(({ text }) => (JSON.parse(text) as { n: number }).n),
      [1, 2, 1, 2],
    )
    t.is(seen[3]!.events.length, 1)
  })

  test.serial(`${kind}: nothing is saved by itself without autoCommit`, async (t) => {
    const handler: Handler = async (ctx) => {
      count(ctx)
      if (ctx.path === '/commit') await ctx.session.manuallyCommit()
    }
    const seen = await walk(t, { autoCommit: false }, handler, ['/', '/commit', '/', '/commit'])
    t.is(seen[0]!.cookies.length, 0)
    t.is(seen[3]!.text, '{"n":2}')
  })

  test.serial(`${kind}: an empty session is saved by save`, (t) =>
    walk(t, { autoCommit: false }, (ctx) => ctx.session.save().then(() => (ctx.body = 'saved')), [
      '/',
      '/',
    ]).then((seen) => t.is(seen[0]!.cookies.length, 2)),
  )

  test.serial(`${kind}: what is saved after an error that was caught upstream`, (t) =>
    same(t, {
      around: (app, use) => {
        app.use((ctx, next) => next().catch((error: Error) => void (ctx.body = error.message)))
        use()
      },
      handler: (ctx) => {
        ctx.session['name'] = 'funny'
        ctx.throw(401, 'no')
      },
      steps: ['/'],
      options: place,
    }).then(([seen]) => t.is(seen!.cookies.length, 2)),
  )

  test.serial(`${kind}: a look before the middleware`, async (t) => {
    await same(t, {
      around: (app, use) => {
        app.use((ctx, next) => {
          const { session } = ctx as unknown as SessionedContext
          if (ctx.path === '/early') session['early'] = true
          return next()
        })
        use()
      },
      handler: (ctx) => void (ctx.body = ctx.session),
      steps: ['/early', '/', '/early', '/'],
      options: place,
    })
  })

  test.serial(`${kind}: Secure follows the connection`, (t) =>
    same(t, {
      around: (app, use) => {
        app.proxy = true
        use()
      },
      handler: count,
      steps: [{ path: '/', headers: { 'X-Forwarded-Proto': 'https' } }, '/'],
      options: place,
    }).then(([seen]) => t.regex(seen!.cookies[0]!, /; secure/)),
  )

  test.serial(`${kind}: secure on a connection that is not fails`, (t) =>
    walk(t, { secure: true }, count, ['/']).then(([seen]) => t.is(seen!.status, 500)),
  )

  test.serial(`${kind}: without app.keys a signed cookie fails`, (t) =>
    same(t, { keys: null, handler: count, steps: ['/'], options: place }).then(([seen]) =>
      t.is(seen!.status, 500),
    ),
  )

  test.serial(`${kind}: sameSite`, async (t) => {
    for (const sameSite of ['lax', 'none', 'Strict']) await walk(t, { sameSite }, count, ['/', '/'])
  })
}

test.serial('two middlewares on one app', (t) =>
  same(t, {
    around: (_app, use) => {
      use()
      use()
    },
    handler: count,
    steps: ['/', '/'],
  }).then((seen) => t.is(seen[1]!.text, '{"n":2}')),
)

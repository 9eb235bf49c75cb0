import test, { type ExecutionContext } from 'ava'
import type { Context } from 'koa'
import type { SessionOptions, SessionStore } from '../../src/koa-session/index.ts'
import { contentOf, cookieOf, type Handler, play, same, type SessionedContext, type Step } from './both.ts'

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

test.serial('encode and decode', async (t) => {
  const seen = await same(t, {
    handler: count,
    steps: ['/', '/', { path: '/', cookie: 'koa.sess=xx%' }],
    options: () => ({
      signed: false,
      encode: (session) => encodeURIComponent(JSON.stringify({ enveloped: session })),
      decode: (text) => (JSON.parse(decodeURIComponent(text)) as { enveloped: unknown }).enveloped,
    }),
  })
  t.is(seen[1]!.text, '{"n":2}')
  t.is(seen[2]!.status, 500, 'an error of decode that is no SyntaxError')
  t.regex(seen[2]!.cookies[0]!, /^koa\.sess=;.* 1970/)
})

test.serial('an error of encode fails the request', async (t) => {
  const encode = (): never => {
    throw new Error('encode error')
  }
  const [seen] = await same(t, { handler: count, steps: ['/'], options: () => ({ encode }) })
  t.deepEqual(seen!.errors, ['encode error'])
})

test.serial('cookies that are damaged, or of somebody else', async (t) => {
  const values = ['', '%', '###', 'bnVsbA==', 'e30=', 's%3Aabc.def', 'eyJh', '{"a":1}', 'a'.repeat(9000)]
  const seen = await same(t, {
    handler: (ctx) => void (ctx.body = [ctx.session, ctx.session.isNew]),
    steps: values.map((value) => ({ path: '/', cookie: `koa.sess=${value}` })),
    options: () => ({ signed: false }),
  })
  t.true(seen.every(({ status, errors }) => status === 200 && errors.length === 0))
})

test.serial('cookies with the signature of another key, or none', async (t) => {
  const cookie = cookieOf({ n: 41, _expire: Date.UTC(2040, 0), _maxAge: 86_400_000 })
  const signatures = [
    '',
    '; koa.sess.sig=',
    '; koa.sess.sig=nothing',
    '; koa.sess.sig=kV2Y0i8iEEdH0rJY3aJ1xkLfLkA',
  ]
  const steps = signatures.map((signature) => ({ path: '/', cookie: cookie + signature }))
  const seen = await same(t, { handler: count, steps })
  t.true(seen.every(({ status, text }) => status === 200 && text === '{"n":1}'))
})

test.serial('a cookie that was signed with an older key goes on, and is signed anew', async (t) => {
  const options = (): SessionOptions => ({ maxAge: 1000 })
  const [old] = await play(t, 'koa-session', { handler: count, steps: ['/'], options, keys: ['old'] })
  const cookie = old!.cookies.map((line) => line.split(';')[0]).join('; ')
  const look: Handler = (ctx) => void (ctx.body = ctx.session)
  const [seen] = await same(t, {
    handler: look,
    steps: [{ path: '/', cookie }],
    options,
    keys: ['new', 'old'],
  })
  t.is(seen!.text, '{"n":1}')
  t.regex(seen!.cookies[0]!, /^koa\.sess\.sig=/)
})

for (const [from, to] of [
  ['koa-session', 'ours'],
  ['ours', 'koa-session'],
] as const)
  for (const options of [{}, { maxAge: 5000 }, { maxAge: 'session' }] as const) {
    test.serial(`live sessions go on from ${from} to ${to}: ${JSON.stringify(options)}`, async (t) => {
      for (const kind of options.maxAge === 'session' ? ['cookie'] : ['cookie', 'store']) {
        const made = (store: SessionStore): SessionOptions => ({
          ...options,
          ...(kind === 'store' ? { store } : {}),
        })
        const before = await play(t, from, { handler: count, steps: ['/', '/'], options: made })
        const { cookies, records } = before[1]!
        const cookie = cookies.map((line) => line.split(';')[0]).join('; ')
        const after = await play(t, to, {
          handler: count,
          steps: [{ path: '/', cookie }],
          options: made,
          records,
        })
        t.is(after[0]!.text, '{"n":3}')
        if (kind === 'cookie') t.like(contentOf(after[0]!.cookies[0]!), { n: 3 })
        else t.deepEqual(Object.keys(after[0]!.records), Object.keys(records))
      }
    })
  }

import { bodyParser } from '@koa/bodyparser'
import test, { type ExecutionContext } from 'ava'
import Koa, { type Context, type DefaultState } from 'koa'
import {
  MemoryStore,
  SealedStore,
  session,
  type SessionContext,
  SessionConfigError,
  type SessionOptions,
  type SessionSerializeError,
} from '../../src/index.ts'
import {
  statusMessages,
  type StatusMessagesContext,
  type StatusMessagesOptions,
} from '../../src/status-messages.ts'
import { type Loose, routes, tokenIn } from '../helpers/paths.ts'
import { linesIn } from '../helpers/records.ts'
import { type Answer, type Served, serve, type Visitor } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

type Table = Parameters<typeof routes>[0]
type Ctx = Context & StatusMessagesContext<{ status: unknown; error: unknown; warning: unknown }>

/** Pages of a small application: forms that redirect with a message, and lists that show it. */
const pages: Table = {
  '/save': (ctx) => {
    ctx.redirect(messagesOf(ctx).link('/list', { status: ctx.query['text'] ?? 'Saved' }))
  },
  '/both': (ctx) => {
    ctx.redirect(messagesOf(ctx).link('/list', { status: 'Saved', error: 'No mail sent' }))
  },
  '/list': (ctx) => ({ ...messagesOf(ctx).messages }),
  '/plain': () => 'plain',
  '/data': ({ session }) => ({ ...session }),
  '/set': ({ session, query }) => {
    Object.assign(session, query)
  },
}

const messagesOf = (ctx: Context): Ctx['statusMessages'] => (ctx as Ctx).statusMessages

function start(
  t: ExecutionContext,
  table: Table = {},
  options: StatusMessagesOptions = {},
  others: Record<string, unknown> & SessionOptions<object, string> = {},
): Promise<Served> {
  return serve(t, routes({ ...pages, ...table }), {
    stages: (defaults) => defaults.after('flash', statusMessages(options)),
    ...others,
  })
}

const target = (answer: Answer): string => answer.headers['location']!
const follow = async (browser: Visitor, path: string): Promise<unknown> => {
  return (await browser.get(target(await browser.get(path)))).body
}

/** The lines of the only session's record that hold messages. */
function waitingIn({ store, events }: Served, key = 'statusMessages'): string[] {
  const [, { id }] = events.findLast(([name]) => name === 'created')!
  return linesIn(store as MemoryStore, id!).filter((line) => line.startsWith(`a"${key}:`))
}

// One token, one page, once

test('a message set before a redirect is shown by the page it leads to', async (t) => {
  const served = await start(t)
  const browser = served.visitor()
  const answer = await browser.get('/save')
  t.is(answer.status, 302)
  t.regex(target(answer), /^\/list\?mid=[\w-]{12}$/)
  t.deepEqual((await browser.get(target(answer))).body, { status: 'Saved' })
})

test('it is shown once', async (t) => {
  const served = await start(t)
  const browser = served.visitor()
  const link = target(await browser.get('/save'))
  await browser.get(link)
  t.deepEqual((await browser.get(link)).body, {})
})

test('status and error travel under one token', async (t) => {
  const served = await start(t)
  t.deepEqual(await follow(served.visitor(), '/both'), { status: 'Saved', error: 'No mail sent' })
})

test('reading both kinds, and one of them twice, yields the same', async (t) => {
  const served = await start(t, {
    '/list': (ctx) => {
      const messages = messagesOf(ctx)
      return [messages.error, messages.status, messages.status, messages.messages]
    },
  })
  t.deepEqual(await follow(served.visitor(), '/both'), [
    'No mail sent',
    'Saved',
    'Saved',
    { status: 'Saved', error: 'No mail sent' },
  ])
})

test('falsy and structured messages are delivered as they are, undefined is none', async (t) => {
  const served = await start(t, {
    '/odd': (ctx) =>
      ['', 0, false, null, { text: 'Saved', rows: [1, 2] }, undefined].map((status) =>
        messagesOf(ctx).link('/list', { status, warning: 'x' }),
      ),
  })
  const browser = served.visitor()
  const links = (await browser.get('/odd')).body as string[]
  const shown: unknown[] = []
  for (const link of links) shown.push((await browser.get(link)).body)
  t.deepEqual(shown, [
    { status: '', warning: 'x' },
    { status: 0, warning: 'x' },
    { status: false, warning: 'x' },
    { status: null, warning: 'x' },
    { status: { text: 'Saved', rows: [1, 2] }, warning: 'x' },
    { warning: 'x' },
  ])
})

test('each tab gets its own, in any order', async (t) => {
  const served = await start(t)
  const browser = served.visitor()
  const one = target(await browser.get('/save?text=one'))
  const two = target(await browser.get('/save?text=two'))
  t.not(one, two)
  t.deepEqual((await browser.get(two)).body, { status: 'two' })
  t.deepEqual((await browser.get(one)).body, { status: 'one' })
})

test('several links of one request have tokens of their own', async (t) => {
  const served = await start(t, {
    '/links': (ctx) => [1, 2].map((n) => messagesOf(ctx).link('/list', { status: n })),
  })
  const browser = served.visitor()
  const [first, second] = (await browser.get('/links')).body as string[]
  t.deepEqual((await browser.get(second!)).body, { status: 2 })
  t.deepEqual((await browser.get(first!)).body, { status: 1 })
})

test('a page that does not look leaves the message for the one that does', async (t) => {
  const served = await start(t, { '/chain': (ctx) => ctx.redirect(`/list?${ctx.querystring}`) })
  const browser = served.visitor()
  const link = target(await browser.get('/save')).replace('/list', '/chain')
  const chained = target(await browser.get(link))
  t.deepEqual((await browser.get(chained)).body, { status: 'Saved' })
})

test('what is shown leaves nothing behind', async (t) => {
  const served = await start(t)
  const browser = served.visitor()
  await browser.get('/set?user=ann')
  await follow(browser, '/both')
  t.deepEqual((await browser.get('/data')).body, { user: 'ann' })
})

test('add returns the token, and take delivers it by hand, once', async (t) => {
  const served = await start(t, {
    '/add': (ctx) => messagesOf(ctx).add({ error: 'Full' }),
    '/take': (ctx) => {
      const token = String(ctx.query['token'])
      return [messagesOf(ctx).take(token) ?? 'none', messagesOf(ctx).take(token) ?? 'none']
    },
  })
  const browser = served.visitor()
  const { text: token } = await browser.get('/add')
  t.deepEqual((await browser.get(`/take?token=${token}`)).body, [{ error: 'Full' }, 'none'])
  t.deepEqual((await browser.get(`/take?token=${token}`)).body, ['none', 'none'])
})

test('what is taken in the request that added it is not stored', async (t) => {
  const served = await start(t, {
    '/change-of-mind': (ctx) => {
      const messages = messagesOf(ctx)
      return messages.take(messages.add({ status: 'never mind' }))
    },
  })
  const browser = served.visitor()
  const answer = await browser.get('/change-of-mind')
  t.deepEqual(answer.body, { status: 'never mind' })
  t.deepEqual(answer.cookies, [])
})

test('a link without any message is the URL as it is, and creates nothing', async (t) => {
  const served = await start(t, {
    '/none': (ctx) => messagesOf(ctx).link('/list?a=1', { status: undefined }),
    '/empty': (ctx) => messagesOf(ctx).link('/list', {}),
  })
  for (const [path, link] of [
    ['/none', '/list?a=1'],
    ['/empty', '/list'],
  ] as const) {
    const answer = await served.visitor().get(path)
    t.is(answer.text, link)
    t.deepEqual(answer.cookies, [])
  }
})

test('a link keeps the rest of its URL and replaces a former token', async (t) => {
  const urls = [
    '/list?a=1&b=%20#top',
    '/list?mid=old&a=1',
    '#top',
    '',
    '/list?',
    'https://x.example/p?q',
    '/a?%ZZ',
  ]
  const served = await start(t, {
    '/links': (ctx) => urls.map((url) => messagesOf(ctx).link(url, { status: 1 })),
  })
  const links = (await served.visitor().get('/links')).body as string[]
  t.deepEqual(
    links.map((link) => link.replace(/mid=[\w-]{12}/, 'mid=TOKEN')),
    [
      '/list?a=1&b=%20&mid=TOKEN#top',
      '/list?a=1&mid=TOKEN',
      '?mid=TOKEN#top',
      '?mid=TOKEN',
      '/list?mid=TOKEN',
      'https://x.example/p?q&mid=TOKEN',
      '/a?%ZZ&mid=TOKEN',
    ],
  )
})

test('the token may come in a parsed form', async (t) => {
  const served = await serve(
    t,
    routes(pages),
    { stages: (defaults) => defaults.after('flash', statusMessages()) },
    (app) => app.use(bodyParser()),
  )
  const browser = served.visitor()
  const mid = target(await browser.get('/save')).split('=')[1]
  t.deepEqual((await browser.post('/list', { mid })).body, { status: 'Saved' })
})

// Harmless tokens

for (const query of [
  '',
  '?mid=',
  '?mid=unknown',
  '?mid=AAAAAAAAAAAA',
  '?mid=__proto__',
  '?mid=constructor',
  '?mid=%00%0a',
  `?mid=${'A'.repeat(5000)}`,
  '?mid[]=AAAAAAAAAAAA',
]) {
  test(`a request with ${query.slice(0, 40) || 'no token'} of a visitor without session creates nothing`, async (t) => {
    const store = new WatchedStore()
    const served = await start(t, {}, {}, { store })
    const { status, body, cookies } = await served.visitor().get(`/list${query}`)
    t.is(status, 200)
    t.deepEqual(body, {})
    t.deepEqual(cookies, [])
    t.deepEqual(store.calls, [])
    t.deepEqual(served.events, [])
  })

  test(`a request with ${query.slice(0, 40) || 'no token'} of a visitor with a session writes nothing`, async (t) => {
    const store = new WatchedStore()
    const served = await start(t, {}, {}, { store })
    const browser = served.visitor()
    const link = target(await browser.get('/save'))
    store.forget()
    const { body, cookies } = await browser.get(`/list${query}`)
    t.deepEqual(body, {})
    t.deepEqual(cookies, [])
    t.deepEqual(store.writes, [])
    t.deepEqual((await browser.get(link)).body, { status: 'Saved' })
  })
}

test('a repeated token matches nothing and uses nothing up', async (t) => {
  const served = await start(t)
  const browser = served.visitor()
  const link = target(await browser.get('/save'))
  const mid = link.split('=')[1]!
  t.deepEqual((await browser.get(`/list?mid=${mid}&mid=${mid}`)).body, {})
  t.deepEqual((await browser.get(link)).body, { status: 'Saved' })
})

test('a token is worthless in another session, creates none there, and stays good in its own', async (t) => {
  const served = await start(t)
  const browser = served.visitor()
  const link = target(await browser.get('/save'))
  const stranger = await served.visitor().get(link)
  t.deepEqual(stranger.body, {})
  t.deepEqual(stranger.cookies, [])
  const member = served.visitor()
  await member.get('/set?user=bob')
  t.deepEqual((await member.get(link)).body, {})
  t.deepEqual((await browser.get(link)).body, { status: 'Saved' })
})

test('a request that does not look costs no use of the session', async (t) => {
  const served = await start(t)
  const browser = served.visitor()
  const link = target(await browser.get('/save'))
  t.is((await browser.get(link.replace('/list', '/plain'))).headers['vary'], undefined)
  t.regex((await browser.get(link)).headers['vary']!, /Cookie/)
})

test('a session that has expired shows nothing', async (t) => {
  const served = await start(t, {}, { maxAge: '1d' })
  const browser = served.visitor()
  const link = target(await browser.get('/save'))
  served.clock.advance('3h')
  t.deepEqual((await browser.get(link)).body, {})
})

// Cap and age

test('messages wait for an hour, and no longer', async (t) => {
  const served = await start(t)
  const browser = served.visitor()
  const [first, second] = [target(await browser.get('/save')), target(await browser.get('/save'))]
  served.clock.advance('1h')
  t.deepEqual((await browser.get(first)).body, { status: 'Saved' })
  served.clock.advance(1)
  t.deepEqual((await browser.get(second)).body, {})
})

test('what is too old is cleared away by the next message', async (t) => {
  const served = await start(t, {}, { maxAge: '10m' })
  const browser = served.visitor()
  await browser.get('/save?text=old')
  served.clock.advance('10m')
  served.clock.advance(1)
  await browser.get('/save?text=new')
  t.is(waitingIn(served).length, 1)
})

test('twenty tokens wait; of more, the oldest go', async (t) => {
  const served = await start(t)
  const browser = served.visitor()
  const links: string[] = []
  for (let n = 0; n < 22; n++) {
    served.clock.advance('1s')
    links.push(target(await browser.get(`/save?text=${n}`)))
  }
  t.is(waitingIn(served).length, 20)
  t.deepEqual((await browser.get(links[1]!)).body, {})
  t.deepEqual((await browser.get(links[2]!)).body, { status: '2' })
  t.deepEqual((await browser.get(links[21]!)).body, { status: '21' })
})

test('the cap holds for the messages of a single request too', async (t) => {
  const served = await start(
    t,
    { '/many': (ctx) => [1, 2, 3].map((n) => messagesOf(ctx).link('/list', { status: n })) },
    { max: 2 },
  )
  const browser = served.visitor()
  const links = (await browser.get('/many')).body as string[]
  const shown: unknown[] = []
  for (const link of links) shown.push((await browser.get(link)).body)
  t.deepEqual(shown, [{}, { status: 2 }, { status: 3 }])
})

// Life of the session

test('a message makes a session where there was none', async (t) => {
  const served = await start(t)
  const answer = await served.visitor().get('/save')
  t.truthy(tokenIn(answer))
  t.deepEqual(
    served.events.map(([name]) => name),
    ['created'],
  )
})

test('a new session is created with one write, its data and the message together', async (t) => {
  const store = new WatchedStore()
  const served = await start(
    t,
    {
      '/login': (ctx) => {
        ;(ctx as Loose).session.user = 'ann'
        ctx.redirect(messagesOf(ctx).link('/list', { status: 'Welcome' }))
      },
    },
    {},
    { store },
  )
  const browser = served.visitor()
  const answer = await browser.get('/login')
  t.is(store.calls.length, 1)
  t.deepEqual((await browser.get(target(answer))).body, { status: 'Welcome' })
  t.deepEqual((await browser.get('/data')).body, { user: 'ann' })
})

for (const [what, act] of [
  ['changeId', (session: Loose) => session.changeId()],
  ['regenerate', (session: Loose) => session.regenerate()],
  ['destroy', (session: Loose) => session.destroy()],
] as const) {
  for (const when of ['before', 'after'] as const) {
    test(`a message added ${when} ${what} reaches the client under its new token`, async (t) => {
      const served = await start(t, {
        '/act': async (ctx) => {
          if (when === 'after') await act(ctx['session'])
          const link = messagesOf(ctx).link('/list', { status: 'Done' })
          if (when === 'before') await act(ctx['session'])
          ctx.redirect(link)
        },
      })
      const browser = served.visitor()
      await browser.get('/set?user=ann')
      t.deepEqual(await follow(browser, '/act'), { status: 'Done' })
    })
  }
}

test('messages that wait survive changeId and end with regenerate', async (t) => {
  const served = await start(t, {
    '/change': ({ session }) => session.changeId(),
    '/regenerate': ({ session }) => session.regenerate(),
  })
  const browser = served.visitor()
  const first = target(await browser.get('/save'))
  await browser.get('/change')
  t.deepEqual((await browser.get(first)).body, { status: 'Saved' })
  const second = target(await browser.get('/save'))
  await browser.get('/regenerate')
  t.deepEqual((await browser.get(second)).body, {})
})

for (const [what, fail] of [
  [
    'throws',
    (): never => {
      throw new Error('handler')
    },
  ],
  [
    'answers 500',
    (ctx: Context) => {
      ctx.status = 500
    },
  ],
] as const) {
  test(`a request that ${what} uses up nothing`, async (t) => {
    let failing = true
    const served = await start(t, {
      '/list': (ctx) => {
        const shown = { ...messagesOf(ctx).messages }
        if (failing) fail(ctx)
        return shown
      },
    })
    const browser = served.visitor()
    const link = target(await browser.get('/save'))
    await browser.get(link)
    failing = false
    t.deepEqual((await browser.get(link)).body, { status: 'Saved' })
  })

  test(`a request that ${what} stores no message`, async (t) => {
    const served = await start(t, {
      '/fail': (ctx) => {
        messagesOf(ctx).add({ status: 'half done' })
        fail(ctx)
      },
    })
    t.deepEqual((await served.visitor().get('/fail')).cookies, [])
  })
}

test('an error below 500 stores what was added and uses up what was shown', async (t) => {
  const served = await start(t, {
    '/deny': (ctx) => {
      const { status } = messagesOf(ctx)
      ctx.throw(403, `${String(status)} ${messagesOf(ctx).link('/list', { error: 'Denied' })}`)
    },
  })
  const browser = served.visitor()
  const link = target(await browser.get('/save'))
  const denied = await browser.get(link.replace('/list', '/deny'))
  t.is(denied.status, 403)
  const [status, next] = denied.text.split(' ')
  t.is(status, 'Saved')
  t.deepEqual((await browser.get(link)).body, {})
  t.deepEqual((await browser.get(next!)).body, { error: 'Denied' })
})

test('noStore stores no message and uses up none', async (t) => {
  const served = await start(t, {
    '/no-store': (ctx) => {
      ;(ctx as Loose).session.noStore = true
      messagesOf(ctx).add({ status: 'x' })
      return { ...messagesOf(ctx).messages }
    },
  })
  const browser = served.visitor()
  const link = target(await browser.get('/save'))
  const noStore = await browser.get(link.replace('/list', '/no-store'))
  t.deepEqual(noStore.body, { status: 'Saved' })
  t.deepEqual((await browser.get(link)).body, { status: 'Saved' })
})

test('a request that has no session cannot keep messages, and says so', async (t) => {
  const served = await start(
    t,
    {
      '/refused': (ctx) =>
        t.throws(() => messagesOf(ctx).add({ status: 'x' }), { code: 'ERR_SESSION_UNAVAILABLE' }).message,
    },
    {},
    { verifyUserAgent: { onMismatch: 'refuse' } },
  )
  const browser = served.visitor()
  const link = target(await browser.get('/save', { 'User-Agent': 'one' }))
  t.is((await browser.get('/refused', { 'User-Agent': 'two' })).status, 200)
  t.deepEqual((await browser.get(link, { 'User-Agent': 'two' })).body, {})
  t.deepEqual((await browser.get(link, { 'User-Agent': 'one' })).body, { status: 'Saved' })
})

test('a value that cannot be serialised is a 500 that names the key', async (t) => {
  const served = await start(t, {
    '/bad': (ctx) => {
      messagesOf(ctx).add({ status: 1n })
    },
  })
  const browser = served.visitor()
  t.is((await browser.get('/bad')).status, 500)
  const { code, key } = served.errors[0] as SessionSerializeError
  t.is(code, 'ERR_SESSION_SERIALIZE')
  t.regex(key, /^annotations\.statusMessages:[\w-]{12}$/)
})

test('anything but an object of messages is a TypeError at the call', async (t) => {
  const served = await start(t, {
    '/bad': (ctx) => {
      for (const bad of ['Saved', null, undefined, ['Saved'], 1, new Map()]) {
        t.throws(() => messagesOf(ctx).add(bad as never), { instanceOf: TypeError })
      }
      t.throws(() => messagesOf(ctx).link(undefined as never, {}), { instanceOf: TypeError })
    },
  })
  t.is((await served.visitor().get('/bad')).status, 200)
})

test('messages are not among the data of the user, who can use the name for his own', async (t) => {
  const served = await start(t)
  const browser = served.visitor()
  await browser.get('/set?statusMessages=mine')
  const link = target(await browser.get('/save'))
  t.deepEqual((await browser.get('/data')).body, { statusMessages: 'mine' })
  t.regex(waitingIn(served).join(), /^a"statusMessages:[\w-]{12}":\{.*"status":"Saved".*\}$/)
  t.deepEqual((await browser.get(link)).body, { status: 'Saved' })
  t.deepEqual(waitingIn(served), [])
  t.deepEqual((await browser.get('/data')).body, { statusMessages: 'mine' })
})

// Parallel requests

/** Lets handlers wait for each other: `meet()` resolves when as many have come as are expected. */
function meeting(expected: number): () => Promise<void> {
  let missing = expected
  let open: () => void
  const all = new Promise<void>((resolve) => (open = resolve))
  return () => {
    missing -= 1
    if (missing <= 0) open()
    return all
  }
}

for (const concurrency of ['merge', 'last-write'] as const) {
  test(`messages of overlapping requests all arrive, in mode ${concurrency}`, async (t) => {
    const meet = meeting(5)
    const served = await start(
      t,
      {
        '/together': async (ctx) => {
          const link = messagesOf(ctx).link('/list', { status: ctx.query['n'] })
          await meet()
          ctx.redirect(link)
        },
      },
      {},
      { concurrency },
    )
    const browser = served.visitor()
    await browser.get('/set?user=ann')
    const answers = await Promise.all([1, 2, 3, 4, 5].map((n) => browser.get(`/together?n=${n}`)))
    const shown: unknown[] = []
    for (const answer of answers) shown.push((await browser.get(target(answer))).body)
    t.deepEqual(
      shown,
      [1, 2, 3, 4, 5].map((n) => ({ status: String(n) })),
    )
  })

  test(`what one request shows and another adds do not disturb each other, in mode ${concurrency}`, async (t) => {
    const meet = meeting(2)
    const served = await start(
      t,
      {
        '/add': async (ctx) => {
          const link = messagesOf(ctx).link('/list', { status: 'added' })
          await meet()
          ctx.redirect(link)
        },
        '/show': async (ctx) => {
          const shown = { ...messagesOf(ctx).messages }
          await meet()
          return shown
        },
      },
      {},
      { concurrency },
    )
    const browser = served.visitor()
    const old = target(await browser.get('/save?text=old'))
    const [added, shown] = await Promise.all([
      browser.get('/add'),
      browser.get(old.replace('/list', '/show')),
    ])
    t.deepEqual(shown.body, { status: 'old' })
    t.deepEqual((await browser.get(old)).body, {})
    t.deepEqual((await browser.get(target(added))).body, { status: 'added' })
  })
}

test('a request with another token takes nothing from the one that overlaps', async (t) => {
  const meet = meeting(2)
  const served = await start(t, {
    '/show': async (ctx) => {
      await meet()
      return { ...messagesOf(ctx).messages }
    },
  })
  const browser = served.visitor()
  const links = [target(await browser.get('/save?text=one')), target(await browser.get('/save?text=two'))]
  const shown = await Promise.all(links.map((link) => browser.get(link.replace('/list', '/show'))))
  t.deepEqual(
    shown.map(({ body }) => body),
    [{ status: 'one' }, { status: 'two' }],
  )
  for (const link of links) t.deepEqual((await browser.get(link)).body, {})
})

test('unsaved data of the request are saved beside the message', async (t) => {
  const served = await start(t, {
    '/act': (ctx) => {
      ;(ctx as Loose).session.count = 1
      ctx.redirect(messagesOf(ctx).link('/list', { status: 'Counted' }))
    },
  })
  const browser = served.visitor()
  await browser.get('/set?user=ann')
  t.deepEqual(await follow(browser, '/act'), { status: 'Counted' })
  t.deepEqual((await browser.get('/data')).body, { user: 'ann', count: 1 })
})

test('a session that a parallel request ended is not revived by a message', async (t) => {
  const entered = meeting(2)
  const ended = meeting(2)
  const served = await start(t, {
    '/slow': async (ctx) => {
      const link = messagesOf(ctx).link('/list', { status: 'late' })
      await entered()
      await ended()
      ctx.redirect(link)
    },
    '/logout': async (ctx) => {
      await entered()
      await ctx['session'].destroy('logout')
    },
  })
  const browser = served.visitor()
  const { cookies } = await browser.get('/set?user=ann')
  const cookie = { Cookie: cookies[0]!.split(';')[0]! }
  const slow = served.visitor().get('/slow', cookie)
  await served.visitor().get('/logout', cookie)
  void ended()
  const answer = await slow
  t.is(answer.status, 302)
  t.deepEqual(answer.cookies, [])
  t.deepEqual((await served.visitor().get('/data', cookie)).body, {})
  const conflict = served.events.find(([name]) => name === 'conflict')
  t.deepEqual(conflict?.[1].keys, [], 'no key of the data')
})

test('flash and status messages live side by side', async (t) => {
  const served = await start(t, {
    '/act': (ctx) => {
      ;(ctx as Loose).session.flash.notice = 'flashed'
      ctx.redirect(messagesOf(ctx).link('/list', { status: 'Saved' }))
    },
    '/list': (ctx) => ({ ...messagesOf(ctx).messages, flash: { ...(ctx as Loose).session.flash } }),
  })
  const browser = served.visitor()
  await browser.get('/set?user=ann')
  t.deepEqual(await follow(browser, '/act'), { status: 'Saved', flash: { notice: 'flashed' } })
  t.deepEqual((await browser.get('/list')).body, { flash: {} })
})

// Any order, any store, any name

for (const place of ['persist', 'verifyAddress', 'expireKeys', 'extendExpiry', 'flash'] as const) {
  test(`the stage works after ${place}`, async (t) => {
    const served = await start(
      t,
      {
        '/list': (ctx) => {
          ctx.body = (ctx as Loose).session.flash
          ctx.set('X-Status', String(messagesOf(ctx).status))
        },
      },
      {},
      { stages: (defaults) => defaults.after(place, statusMessages()) },
    )
    const browser = served.visitor()
    const link = target(await browser.get('/save'))
    const first = await browser.get(link)
    t.is(first.headers['x-status'], 'Saved')
    t.is((await browser.get(link)).headers['x-status'], 'undefined')
  })

  test(`a body that is the flash is whole when the stage stands after ${place}`, async (t) => {
    const served = await start(
      t,
      {
        '/act': (ctx) => {
          ;(ctx as Loose).session.flash.notice = 'flashed'
          ctx.redirect(messagesOf(ctx).link('/list', { status: 'Saved' }))
        },
        '/list': (ctx) => {
          ctx.set('X-Status', String(messagesOf(ctx).status))
          ctx.body = (ctx as Loose).session.flash
        },
      },
      {},
      { stages: (defaults) => defaults.after(place, statusMessages()) },
    )
    const browser = served.visitor()
    await browser.get('/set?user=ann')
    const link = target(await browser.get('/act'))
    t.deepEqual((await browser.get(link)).body, { notice: 'flashed' })
    t.deepEqual((await browser.get('/list')).body, {})
  })
}

test('it works in a sealed session, which cannot update atomically', async (t) => {
  const store = new SealedStore({ keys: ['a secret of more than thirty-two characters'] })
  const served = await start(t, {}, {}, { store })
  const browser = served.visitor()
  const [one, two] = [target(await browser.get('/save?text=1')), target(await browser.get('/save?text=2'))]
  t.deepEqual((await browser.get(two)).body, { status: '2' })
  t.deepEqual((await browser.get(one)).body, { status: '1' })
  t.deepEqual((await browser.get(one)).body, {})
  t.deepEqual((await browser.get('/data')).body, {})
})

test('all names can be chosen', async (t) => {
  const options = { param: 'note', key: 'notes', as: 'notes', toState: true, max: 3, maxAge: 60_000 }
  const served = await start(
    t,
    {
      '/save': (ctx) => ctx.redirect(ctx['notes'].link('/list', { status: 'Saved' })),
      '/list': (ctx) => ctx.state['notes'],
    },
    options,
  )
  const browser = served.visitor()
  const link = target(await browser.get('/save'))
  t.regex(link, /\?note=/)
  t.is(waitingIn(served, 'notes').length, 1)
  t.deepEqual((await browser.get(link)).body, { status: 'Saved' })
})

test('toState shows the messages to templates, and reading them there is looking', async (t) => {
  const served = await start(
    t,
    {
      '/list': (ctx) => ({ ...ctx.state }),
      '/plain': (ctx) => Object.keys(ctx.state),
    },
    { toState: true },
  )
  const browser = served.visitor()
  const link = target(await browser.get('/both'))
  t.deepEqual((await browser.get(link.replace('/list', '/plain'))).body, ['statusMessages'])
  const shown = { statusMessages: { status: 'Saved', error: 'No mail sent' } }
  t.deepEqual((await browser.get(link)).body, shown)
  t.deepEqual((await browser.get(link)).body, { statusMessages: {} })
})

for (const [option, value] of [
  ['param', 'a b'],
  ['param', ''],
  ['key', ''],
  ['key', 7],
  ['as', 'not a name'],
  ['toState', 'yes'],
  ['max', 0],
  ['max', 1.5],
  ['maxAge', '1 fortnight'],
  ['maxAge', -1],
  ['colour', 'red'],
] as const) {
  test(`the option ${option}: ${JSON.stringify(value)} is refused at start`, (t) => {
    t.throws(() => statusMessages({ [option]: value }), {
      instanceOf: SessionConfigError,
      message: new RegExp(option),
    })
  })
}

test('inspection and JSON of the verbs show no message', async (t) => {
  const served = await start(t, { '/list': (ctx) => JSON.stringify(messagesOf(ctx)) })
  t.deepEqual(await follow(served.visitor(), '/save'), {})
})

test('it is typed: kinds, context and stage name', (t) => {
  interface Kinds {
    status: string
    error: { code: number }
  }
  const app = new Koa<DefaultState, SessionContext & StatusMessagesContext<Kinds>>()
  const sessions = session(app, {
    store: new MemoryStore(),
    stages: (defaults) => defaults.after('flash', statusMessages()),
  })
  app.use(sessions)
  app.use((ctx) => {
    const status: string | undefined = ctx.statusMessages.status
    const code: number | undefined = ctx.statusMessages.error?.code
    // @ts-expect-error -- a message of another type than its kind has
    ctx.statusMessages.link('/', { status: code })
    ctx.body = status
  })
  t.true(sessions.stages.names.includes('statusMessages'))
})

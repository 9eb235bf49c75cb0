import { inspect } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import type { Context } from 'koa'
import type { SessionOptions, SessionSerializeError } from '../../src/index.ts'
import { gate } from '../helpers/gate.ts'
import { type Loose, routes, tokenIn } from '../helpers/paths.ts'
import { type Served, serve, type Visitor } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

type Table = Parameters<typeof routes>[0]

/** `session.flash` of a request, to an application without types. */
const flashOf = (ctx: Context): Record<string, Loose> => (ctx as Loose).session.flash

/** Pages that put flash in, look at it or leave it alone. */
const pages: Table = {
  '/put': (ctx) => {
    Object.assign(flashOf(ctx), ctx.query)
  },
  '/look': (ctx) => ({ ...flashOf(ctx) }),
  '/plain': () => 'plain',
  '/use': ({ session }) => Object.keys(session),
  '/data': ({ session }) => ({ ...session }),
}

const start = (
  t: ExecutionContext,
  table: Table = {},
  options: Record<string, unknown> & SessionOptions<object, string> = {},
): Promise<Served> => serve(t, routes({ ...pages, ...table }), options)

/** A visitor for whom flash waits. */
async function visitorWith(served: Served, query: string): Promise<Visitor> {
  const browser = served.visitor()
  await browser.get(`/put?${query}`)
  return browser
}

const look = async (browser: Visitor): Promise<unknown> => (await browser.get('/look')).body

// Semi-persistent

test('what is put in is there for the next request that looks, and for that one only', async (t) => {
  const browser = await visitorWith(await start(t), 'notice=Saved')
  t.deepEqual(await look(browser), { notice: 'Saved' })
  t.deepEqual(await look(browser), {})
})

test('it outlives requests that do not look', async (t) => {
  const browser = await visitorWith(await start(t), 'notice=Saved')
  for (const path of ['/plain', '/use', '/data', '/plain']) await browser.get(path)
  t.deepEqual(await look(browser), { notice: 'Saved' })
})

test('it outlives a chain of redirects', async (t) => {
  const browser = await visitorWith(
    await start(t, { '/hop': (ctx) => ctx.redirect('/hop2'), '/hop2': (ctx) => ctx.redirect('/look') }),
    'notice=Saved',
  )
  t.is((await browser.get('/hop')).headers['location'], '/hop2')
  t.is((await browser.get('/hop2')).headers['location'], '/look')
  t.deepEqual(await look(browser), { notice: 'Saved' })
})

test('it outlives requests that change other data', async (t) => {
  const browser = await visitorWith(
    await start(t, {
      '/write': ({ session }) => {
        session.count = 1
      },
    }),
    'notice=Saved',
  )
  await browser.get('/write')
  t.deepEqual(await look(browser), { notice: 'Saved' })
  t.deepEqual((await browser.get('/data')).body, { count: 1 })
})

test('flash alone makes a session', async (t) => {
  const served = await start(t)
  t.truthy(tokenIn(await served.visitor().get('/put?notice=Saved')))
})

test('looking at the flash of nobody creates nothing', async (t) => {
  const store = new WatchedStore()
  const served = await start(t, {}, { store })
  const answer = await served.visitor().get('/look')
  t.deepEqual(answer.body, {})
  t.deepEqual(answer.cookies, [])
  t.deepEqual(store.calls, [])
})

test('looking at flash that is empty writes nothing', async (t) => {
  const store = new WatchedStore()
  const served = await start(
    t,
    {
      '/write': ({ session }) => {
        session.count = 1
      },
    },
    { store },
  )
  const browser = served.visitor()
  await browser.get('/write')
  store.forget()
  await look(browser)
  t.deepEqual(store.writes, [])
})

test('what is put in can be read again in the same request, and still waits', async (t) => {
  const served = await start(t, {
    '/both': (ctx) => {
      flashOf(ctx)['notice'] = 'Saved'
      return { ...flashOf(ctx) }
    },
  })
  const browser = served.visitor()
  t.deepEqual((await browser.get('/both')).body, { notice: 'Saved' })
  t.deepEqual(await look(browser), { notice: 'Saved' })
})

test('messages of several requests wait together', async (t) => {
  const browser = await visitorWith(await start(t), 'a=1')
  await browser.get('/put?b=2')
  t.deepEqual(await look(browser), { a: '1', b: '2' })
})

// What is looking, and what is not

for (const [what, act] of [
  ['reading a message', (flash: Loose) => flash.notice],
  ['reading another key', (flash: Loose) => flash.nothing],
  ['testing with in', (flash: Loose) => 'notice' in flash],
  ['testing with Object.hasOwn', (flash: Loose) => Object.hasOwn(flash, 'notice')],
  ['listing with Object.keys', (flash: Loose) => Object.keys(flash)],
  [
    'listing with for in',
    (flash: Loose) => {
      for (const key in flash) void key
    },
  ],
  ['spreading', (flash: Loose) => ({ ...flash })],
  ['JSON.stringify', (flash: Loose) => JSON.stringify(flash)],
  ['destructuring', ({ notice }: Loose) => notice],
] as const) {
  test(`${what} is looking`, async (t) => {
    const browser = await visitorWith(
      await start(t, { '/act': (ctx) => void act(flashOf(ctx)) }),
      'notice=Saved&other=1',
    )
    await browser.get('/act')
    t.deepEqual(await look(browser), {})
  })
}

for (const [what, act] of [
  [
    'assigning another key',
    (flash: Loose) => {
      flash.more = 1
    },
  ],
  [
    'naming the flash',
    (flash: Loose) => {
      void flash
    },
  ],
  [
    'deleting a key that is not there',
    (flash: Loose) => {
      delete flash.more
    },
  ],
  [
    'Object.assign',
    (flash: Loose) => {
      Object.assign(flash, { more: 1 })
    },
  ],
  [
    'inspection',
    (flash: Loose) => {
      inspect(flash)
    },
  ],
] as const) {
  test(`${what} is not looking`, async (t) => {
    const browser = await visitorWith(await start(t, { '/act': (ctx) => act(flashOf(ctx)) }), 'notice=Saved')
    await browser.get('/act')
    t.like(await look(browser), { notice: 'Saved' })
  })
}

test('keepFlash alone is not looking', async (t) => {
  const browser = await visitorWith(
    await start(t, { '/keep': ({ session }) => session.keepFlash('notice') }),
    'notice=Saved&other=1',
  )
  await browser.get('/keep')
  t.deepEqual(await look(browser), { notice: 'Saved', other: '1' })
  t.deepEqual(await look(browser), {})
})

test('looking at the session, spreading it included, is not looking at the flash', async (t) => {
  const browser = await visitorWith(
    await start(t, { '/all': (ctx) => JSON.stringify([ctx['session'], { ...(ctx as Loose).session }]) }),
    'notice=Saved',
  )
  t.deepEqual((await browser.get('/all')).text, '[{},{}]')
  t.deepEqual(await look(browser), { notice: 'Saved' })
})

// What stays

test('a message that is assigned again stays, even with an equal value', async (t) => {
  const browser = await visitorWith(
    await start(t, {
      '/again': (ctx) => {
        const flash = flashOf(ctx)
        const { notice } = flash
        flash['notice'] = notice
      },
    }),
    'notice=Saved&other=1',
  )
  await browser.get('/again')
  t.deepEqual(await look(browser), { notice: 'Saved' })
  t.deepEqual(await look(browser), {})
})

test('a message that is assigned before the look stays too', async (t) => {
  const browser = await visitorWith(
    await start(t, {
      '/again': (ctx) => {
        flashOf(ctx)['notice'] = 'Saved'
        return flashOf(ctx)['other']
      },
    }),
    'notice=Saved&other=1',
  )
  t.is((await browser.get('/again')).text, '1')
  t.deepEqual(await look(browser), { notice: 'Saved' })
})

test('a message that is changed inside stays', async (t) => {
  const browser = await visitorWith(
    await start(t, {
      '/rows': (ctx) => {
        flashOf(ctx)['rows'] = [1]
        flashOf(ctx)['fixed'] = [1]
      },
      '/push': (ctx) => {
        flashOf(ctx)['rows'].push(2)
      },
    }),
    'notice=Saved',
  )
  await browser.get('/rows')
  await browser.get('/push')
  t.deepEqual(await look(browser), { rows: [1, 2] })
  t.deepEqual(await look(browser), {})
})

test('a message that is deleted is gone, without a look at the others', async (t) => {
  const browser = await visitorWith(
    await start(t, {
      '/delete': (ctx) => {
        delete flashOf(ctx)['notice']
      },
    }),
    'notice=Saved&other=1',
  )
  await browser.get('/delete')
  t.deepEqual(await look(browser), { other: '1' })
})

test('a message that is assigned and then deleted is gone', async (t) => {
  const browser = await visitorWith(
    await start(t, {
      '/delete': (ctx) => {
        flashOf(ctx)['notice'] = 'x'
        delete flashOf(ctx)['notice']
      },
    }),
    'notice=Saved',
  )
  await browser.get('/delete')
  t.deepEqual(await look(browser), {})
})

// keepFlash and clearFlash

test('keepFlash buys the named messages one more look', async (t) => {
  const browser = await visitorWith(
    await start(t, {
      '/keep': (ctx) => {
        const shown = { ...flashOf(ctx) }
        ctx['session'].keepFlash('notice', 'nothing')
        return shown
      },
    }),
    'notice=Saved&other=1',
  )
  t.deepEqual((await browser.get('/keep')).body, { notice: 'Saved', other: '1' })
  t.deepEqual(await look(browser), { notice: 'Saved' })
  t.deepEqual(await look(browser), {})
})

test('keepFlash before the look works as after it', async (t) => {
  const browser = await visitorWith(
    await start(t, {
      '/keep': (ctx) => {
        ctx['session'].keepFlash('notice')
        return { ...flashOf(ctx) }
      },
    }),
    'notice=Saved',
  )
  await browser.get('/keep')
  t.deepEqual(await look(browser), { notice: 'Saved' })
})

test('clearFlash empties the flash and nothing else', async (t) => {
  const browser = await visitorWith(
    await start(t, {
      '/write': ({ session }) => {
        session.user = 'ann'
      },
      '/clear': (ctx) => {
        ctx['session'].clearFlash()
        return { ...flashOf(ctx) }
      },
    }),
    'notice=Saved&other=1',
  )
  await browser.get('/write')
  t.deepEqual((await browser.get('/clear')).body, {})
  t.deepEqual(await look(browser), {})
  t.deepEqual((await browser.get('/data')).body, { user: 'ann' })
})

for (const order of ['before', 'after']) {
  test(`clearFlash beats keepFlash that was called ${order} it`, async (t) => {
    const browser = await visitorWith(
      await start(t, {
        '/clear': ({ session }) => {
          if (order === 'before') session.keepFlash('notice')
          session.clearFlash()
          if (order === 'after') session.keepFlash('notice')
        },
      }),
      'notice=Saved',
    )
    await browser.get('/clear')
    t.deepEqual(await look(browser), {})
  })
}

test('what is set after clearFlash stays, what was set before it does not', async (t) => {
  const browser = await visitorWith(
    await start(t, {
      '/clear': (ctx) => {
        flashOf(ctx)['before'] = 1
        ctx['session'].clearFlash()
        flashOf(ctx)['after'] = 2
      },
    }),
    'notice=Saved',
  )
  await browser.get('/clear')
  t.deepEqual(await look(browser), { after: 2 })
})

test('clearFlash of nothing creates nothing', async (t) => {
  const served = await start(t, { '/clear': ({ session }) => session.clearFlash() })
  t.deepEqual((await served.visitor().get('/clear')).cookies, [])
})

test('assigning to flash replaces all of it', async (t) => {
  const browser = await visitorWith(
    await start(t, {
      '/replace': ({ session }) => {
        session.flash = { notice: 'new' }
      },
    }),
    'notice=Saved&other=1',
  )
  await browser.get('/replace')
  t.deepEqual(await look(browser), { notice: 'new' })
})

test('anything but an object of messages cannot be assigned to flash', async (t) => {
  const browser = await visitorWith(
    await start(t, {
      '/replace': ({ session }) => {
        for (const value of ['text', null, undefined, ['a'], 1, new Map(), new Date()]) {
          t.throws(() => (session.flash = value), { instanceOf: TypeError })
        }
      },
    }),
    'notice=Saved',
  )
  t.is((await browser.get('/replace')).status, 200)
  t.deepEqual(await look(browser), { notice: 'Saved' })
})

// Life of the session

test('flash set after destroy reaches the new session, flash set before it does not', async (t) => {
  const browser = await visitorWith(
    await start(t, {
      '/logout': async (ctx) => {
        flashOf(ctx)['before'] = 1
        await ctx['session'].destroy()
        flashOf(ctx)['after'] = 'Goodbye'
      },
    }),
    'notice=Saved',
  )
  await browser.get('/logout')
  t.deepEqual(await look(browser), { after: 'Goodbye' })
})

test('changeId keeps flash that waits', async (t) => {
  const browser = await visitorWith(
    await start(t, { '/change': ({ session }) => session.changeId() }),
    'notice=Saved',
  )
  await browser.get('/change')
  t.deepEqual(await look(browser), { notice: 'Saved' })
  t.deepEqual(await look(browser), {})
})

test('changeId keeps what this request did to the flash', async (t) => {
  const browser = await visitorWith(
    await start(t, {
      '/change': async (ctx) => {
        const flash = flashOf(ctx)
        const { again } = flash
        flash['again'] = again
        flash['before'] = 1
        ctx['session'].keepFlash('kept')
        delete flash['deleted']
        await ctx['session'].changeId()
        flashOf(ctx)['after'] = 2
        return { ...flashOf(ctx) }
      },
    }),
    'seen=1&again=1&kept=1&deleted=1',
  )
  t.deepEqual((await browser.get('/change')).body, { seen: '1', again: '1', kept: '1', before: 1, after: 2 })
  t.deepEqual(await look(browser), { again: '1', kept: '1', before: 1, after: 2 })
})

test('a look before changeId counts after it', async (t) => {
  const browser = await visitorWith(
    await start(t, {
      '/change': async (ctx) => {
        const { notice } = flashOf(ctx)
        await ctx['session'].changeId()
        return notice
      },
    }),
    'notice=Saved',
  )
  t.is((await browser.get('/change')).text, 'Saved')
  t.deepEqual(await look(browser), {})
})

for (const keep of [undefined, true, ['notice'], ['flash']]) {
  test(`regenerate({ keep: ${JSON.stringify(keep)} }) never carries flash`, async (t) => {
    const browser = await visitorWith(
      await start(t, {
        '/regenerate': async (ctx) => {
          flashOf(ctx)['before'] = 1
          ctx['session'].user = 'ann'
          await ctx['session'].regenerate(keep && { keep })
          const seen = { ...flashOf(ctx) }
          flashOf(ctx)['after'] = 2
          return seen
        },
      }),
      'notice=Saved',
    )
    t.deepEqual((await browser.get('/regenerate')).body, {})
    t.deepEqual(await look(browser), { after: 2 })
  })
}

test('reload brings back what this request took out of the flash', async (t) => {
  const browser = await visitorWith(
    await start(t, {
      '/reload': async (ctx) => {
        delete flashOf(ctx)['notice']
        await ctx['session'].reload()
      },
    }),
    'notice=Saved',
  )
  await browser.get('/reload')
  t.deepEqual(await look(browser), { notice: 'Saved' })
})

test('save stores flash at once and sweeps nothing before the request ends well', async (t) => {
  const browser = await visitorWith(
    await start(t, {
      '/save': async (ctx) => {
        flashOf(ctx)['more'] = flashOf(ctx)['notice']
        await ctx['session'].save()
        throw new Error('handler')
      },
    }),
    'notice=Saved',
  )
  t.is((await browser.get('/save')).status, 500)
  t.deepEqual(await look(browser), { notice: 'Saved', more: 'Saved' })
})

test('noStore consumes nothing', async (t) => {
  const browser = await visitorWith(
    await start(t, {
      '/no-store': (ctx) => {
        ctx['session'].noStore = true
        return { ...flashOf(ctx) }
      },
    }),
    'notice=Saved',
  )
  t.deepEqual((await browser.get('/no-store')).body, { notice: 'Saved' })
  t.deepEqual(await look(browser), { notice: 'Saved' })
})

// Failures

for (const saveOnError of [false, true]) {
  for (const [what, fail] of [
    [
      'throws',
      () => {
        throw new Error('handler')
      },
    ],
    ['throws a 503', (ctx: Context) => ctx.throw(503)],
    [
      'answers 500',
      (ctx: Context) => {
        ctx.status = 500
      },
    ],
    [
      'answers 502 with a body',
      (ctx: Context) => {
        ctx.status = 502
        ctx.body = 'bad'
      },
    ],
  ] as const) {
    test(`a request that ${what} consumes nothing${saveOnError ? ', also with saveOnError' : ''}`, async (t) => {
      const served = await start(
        t,
        {
          '/fail': (ctx) => {
            ctx['session'].seen = flashOf(ctx)['notice']
            fail(ctx)
          },
        },
        { saveOnError },
      )
      const browser = await visitorWith(served, 'notice=Saved')
      t.true((await browser.get('/fail')).status >= 500)
      t.deepEqual((await browser.get('/data')).body, saveOnError ? { seen: 'Saved' } : {})
      t.deepEqual(await look(browser), { notice: 'Saved' })
    })
  }
}

for (const status of [400, 401, 404]) {
  test(`a request that ends with ${status} consumes what it has shown`, async (t) => {
    const browser = await visitorWith(
      await start(t, {
        '/deny': (ctx) => {
          void flashOf(ctx)['notice']
          ctx.throw(status)
        },
      }),
      'notice=Saved',
    )
    t.is((await browser.get('/deny')).status, status)
    t.deepEqual(await look(browser), {})
  })
}

for (const [what, write] of [
  [
    'new',
    (ctx: Context) => {
      flashOf(ctx)['total'] = 1n
    },
  ],
  [
    'assigned',
    (ctx: Context) => {
      void flashOf(ctx)['notice']
      flashOf(ctx)['total'] = { deep: 1n }
    },
  ],
  [
    'replaced',
    (ctx: Context) => {
      ctx['session'].flash = { total: 1n }
    },
  ],
  [
    'changed inside',
    (ctx: Context) => {
      flashOf(ctx)['total'].push(1n)
    },
  ],
] as const) {
  test(`a ${what} message that cannot be serialised is an error that names it, and saves nothing`, async (t) => {
    const served = await start(t, {
      '/total': (ctx) => {
        flashOf(ctx)['total'] = [1]
      },
      '/bad': (ctx) => {
        ctx['session'].count = 1
        write(ctx)
      },
    })
    const browser = await visitorWith(served, 'notice=Saved')
    await browser.get('/total')
    t.is((await browser.get('/bad')).status, 500)
    const error = served.errors[0] as SessionSerializeError
    t.is(error.code, 'ERR_SESSION_SERIALIZE')
    t.is(error.key, 'flash.total')
    t.regex(error.message, /'flash\.total'/)
    t.deepEqual(await look(browser), { notice: 'Saved', total: [1] })
    t.deepEqual((await browser.get('/data')).body, {})
  })
}

// Two overlapping requests

/** A place where a handler waits until it is let go on; `reached` resolves when it stands there. */
function stop(): { pass(): Promise<void>; open(): void; reached: Promise<void> } {
  const [arrival, departure] = [gate(), gate()]
  return {
    pass: () => {
      arrival.open()
      return departure.opened
    },
    open: () => departure.open(),
    reached: arrival.opened,
  }
}

for (const [what, write, left] of [
  [
    'adds',
    (flash: Loose) => {
      flash.added = 'new'
    },
    { added: 'new' },
  ],
  [
    'sets anew with an equal value',
    (flash: Loose) => {
      flash.notice = 'Saved'
    },
    { notice: 'Saved' },
  ],
  [
    'sets anew',
    (flash: Loose) => {
      flash.notice = 'Other'
    },
    { notice: 'Other' },
  ],
] as const) {
  for (const first of ['the looking', 'the writing']) {
    test(`what one request ${what}, another one that looks does not sweep away; ${first} one ends first`, async (t) => {
      const looking = stop()
      const writing = stop()
      const served = await start(t, {
        '/slow-look': async (ctx) => {
          const shown = { ...flashOf(ctx) }
          await looking.pass()
          return shown
        },
        '/slow-write': async (ctx) => {
          write(flashOf(ctx))
          await writing.pass()
        },
      })
      const browser = await visitorWith(served, 'notice=Saved')
      const [looks, writes] = [browser.get('/slow-look'), browser.get('/slow-write')]
      await Promise.all([looking.reached, writing.reached])
      if (first === 'the looking') {
        looking.open()
        await looks
        writing.open()
      } else {
        writing.open()
        await writes
        looking.open()
      }
      t.deepEqual((await looks).body, { notice: 'Saved' })
      await writes
      t.deepEqual(await look(browser), left)
      t.deepEqual(await look(browser), {})
    })
  }
}

test('an equal message that a parallel request adds survives an update in between', async (t) => {
  const looking = stop()
  const served = await start(t, {
    '/slow-look': async (ctx) => {
      const shown = { ...flashOf(ctx) }
      await looking.pass()
      await ctx['session'].update((data: Loose) => {
        data.count = 1
      })
      return shown
    },
  })
  const browser = await visitorWith(served, 'notice=Saved')
  const looks = browser.get('/slow-look')
  await looking.reached
  await browser.get('/put?notice=Saved')
  looking.open()
  t.deepEqual((await looks).body, { notice: 'Saved' })
  t.deepEqual(await look(browser), { notice: 'Saved' })
})

test('what one request deletes, another one does not bring back', async (t) => {
  const held = stop()
  const served = await start(t, {
    '/slow-write': async (ctx) => {
      flashOf(ctx)['more'] = 1
      await held.pass()
    },
    '/delete': (ctx) => {
      delete flashOf(ctx)['notice']
    },
  })
  const browser = await visitorWith(served, 'notice=Saved')
  const writes = browser.get('/slow-write')
  await held.reached
  await browser.get('/delete')
  held.open()
  await writes
  t.deepEqual(await look(browser), { more: 1 })
})

test('a body that is the flash is whole also when a parallel request has written meanwhile', async (t) => {
  const looking = stop()
  const served = await start(t, {
    '/slow-look': async (ctx) => {
      ctx.body = flashOf(ctx)
      void flashOf(ctx)['notice']
      await looking.pass()
    },
  })
  const browser = await visitorWith(served, 'notice=Saved')
  const looks = browser.get('/slow-look')
  await looking.reached
  await browser.get('/put?more=1')
  looking.open()
  t.like((await looks).body, { notice: 'Saved' })
  t.deepEqual(await look(browser), { more: '1' })
})

// flashToState

test('flashToState makes each waiting message a property of ctx.state, which is a look', async (t) => {
  const served = await start(
    t,
    {
      '/state': (ctx) => {
        flashOf(ctx)['now'] = 'set in this request'
        return ctx.state
      },
      '/later': (ctx) => ctx.state,
    },
    { flashToState: true },
  )
  const browser = served.visitor()
  t.deepEqual((await browser.get('/put?notice=Saved&other=1')).status, 200)
  t.deepEqual((await browser.get('/state')).body, { notice: 'Saved', other: '1' })
  t.deepEqual((await browser.get('/later')).body, { now: 'set in this request' })
  t.deepEqual((await browser.get('/later')).body, {})
})

test('flashToState is a use of the session: it extends it and says Vary', async (t) => {
  const served = await start(t, {}, { flashToState: true })
  const browser = await visitorWith(served, 'notice=Saved')
  for (let n = 0; n < 3; n++) {
    served.clock.advance('90m')
    t.regex((await browser.get('/plain')).headers['vary'] ?? '', /Cookie/)
  }
  t.deepEqual((await browser.get('/data')).status, 200)
  t.deepEqual(
    served.events.map(([name]) => name),
    ['created'],
  )
})

test('flashToState of a visitor without a session creates nothing', async (t) => {
  const served = await start(t, { '/state': (ctx) => ctx.state }, { flashToState: true })
  const answer = await served.visitor().get('/state')
  t.deepEqual(answer.body, {})
  t.deepEqual(answer.cookies, [])
})

test('flashToState shows again what a failed request has shown', async (t) => {
  const served = await start(
    t,
    {
      '/fail': (ctx) => ctx.throw(500),
      '/state': (ctx) => ctx.state,
    },
    { flashToState: true },
  )
  const browser = await visitorWith(served, 'notice=Saved')
  await browser.get('/fail')
  t.deepEqual((await browser.get('/state')).body, { notice: 'Saved' })
})

test('without flashToState, ctx.state stays as it is and nothing is consumed', async (t) => {
  const served = await start(t, { '/state': (ctx) => ctx.state })
  const browser = await visitorWith(served, 'notice=Saved')
  t.deepEqual((await browser.get('/state')).body, {})
  t.deepEqual(await look(browser), { notice: 'Saved' })
})

// JSON and inspection

test('a body that is the flash shows the messages, though they are swept before it is sent', async (t) => {
  const browser = await visitorWith(
    await start(t, {
      '/body': (ctx) => {
        ctx.body = flashOf(ctx)
      },
    }),
    'notice=Saved&other=1',
  )
  t.deepEqual((await browser.get('/body')).body, { notice: 'Saved', other: '1' })
})

test('a body that holds the flash is a look, though it becomes text after the stages', async (t) => {
  const served = await start(t, {
    '/body': (ctx) => {
      ctx.body = { flash: flashOf(ctx) }
    },
  })
  const browser = await visitorWith(served, 'notice=Saved')
  t.deepEqual((await browser.get('/body')).body, { flash: { notice: 'Saved' } })
  t.deepEqual((await browser.get('/body')).body, { flash: {} })
})

test('a body that assigns to the flash and holds something else is no look', async (t) => {
  const served = await start(t, {
    '/body': (ctx) => {
      flashOf(ctx).other = 'new'
      ctx.body = { done: true }
    },
    '/cycle': (ctx) => {
      const body: Loose = { flash: 1 }
      flashOf(ctx).other = 'new'
      ctx.body = {
        ...body,
        body: {
          toJSON: () => {
            throw new TypeError('no JSON')
          },
        },
      }
    },
  })
  const browser = await visitorWith(served, 'notice=Saved')
  t.deepEqual((await browser.get('/body')).body, { done: true })
  t.is((await browser.get('/cycle')).status, 500)
  t.deepEqual(await look(browser), { notice: 'Saved', other: 'new' })
})

test('flash looks like a plain object to JSON, spread, assertions and inspection', async (t) => {
  const served = await start(t, {
    '/shape': (ctx) => {
      const flash = flashOf(ctx)
      t.is(JSON.stringify(flash), '{"notice":"Saved","deep":{"a":1}}')
      t.deepEqual({ ...flash }, { notice: 'Saved', deep: { a: 1 } })
      t.is(inspect(flash), "{ notice: 'Saved', deep: { a: 1 } }")
      t.is(Object.prototype.toString.call(flash), '[object Object]')
      t.is(flash, flashOf(ctx))
      return 'checked'
    },
    '/prepare': (ctx) => {
      ctx['session'].flash = { notice: 'Saved', deep: { a: 1 } }
    },
  })
  const browser = served.visitor()
  await browser.get('/prepare')
  t.is((await browser.get('/shape')).text, 'checked')
})

test('flash does not show among the data of the session', async (t) => {
  const browser = await visitorWith(await start(t), 'notice=Saved')
  t.deepEqual((await browser.get('/use')).body, [])
  t.deepEqual((await browser.get('/data')).body, {})
})

test('names that every object has are no messages unless they are put in', async (t) => {
  const served = await start(t, {
    '/names': (ctx) => {
      const flash = flashOf(ctx)
      flash['toString'] = 'mine'
      flash['constructor'] = 'mine too'
    },
    '/proto': (ctx) => {
      t.throws(() => (flashOf(ctx)['__proto__'] = { polluted: true }), { instanceOf: TypeError })
      ctx['session'].flash = JSON.parse('{"__proto__":{"polluted":true},"notice":1}')
      return String(({} as Loose).polluted)
    },
  })
  const browser = served.visitor()
  await browser.get('/names')
  t.deepEqual(await look(browser), { toString: 'mine', constructor: 'mine too' })
  t.is((await browser.get('/proto')).text, 'undefined')
  t.deepEqual(await look(browser), { notice: 1 })
})

test("flash keys may bear the names of the session's own members", async (t) => {
  const browser = await visitorWith(await start(t), 'id=1&flash=2&save=3')
  t.deepEqual(await look(browser), { id: '1', flash: '2', save: '3' })
})

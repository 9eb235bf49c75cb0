import test, { type ExecutionContext } from 'ava'
import * as devalue from 'devalue'
import type { Context } from 'koa'
import superjson from 'superjson'
import { SealedStore, type Serializer, type SessionOptions } from '../../src/index.ts'
import { gate } from '../helpers/gate.ts'
import { type Loose, routes, tokenIn } from '../helpers/paths.ts'
import { type Served, serve } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

type Table = Parameters<typeof routes>[0]

const SERIALIZERS: Readonly<Record<string, Serializer>> = { devalue, superjson }

const rich = (): Record<string, unknown> => ({
  date: new Date('2030-01-02T03:04:05.678Z'),
  map: new Map<unknown, unknown>([
    ['one', 1],
    [2, new Set(['deep'])],
  ]),
  set: new Set([1, 'two', 3n]),
  big: 123_456_789_012_345_678_901_234_567_890n,
  nothing: undefined,
  list: [new Date(0), null, { nested: /ab+c/gi }],
  'a.b': { '\\': 'text with "quotes", \u2028 and 🎈' },
})

/** What is there after storing: a key whose value is `undefined` is absent. */
const stored = (): Record<string, unknown> => {
  const { nothing: _, ...rest } = rich()
  return rest
}

const sessionOf = (ctx: Context): Loose => (ctx as Loose).session

for (const [name, serializer] of Object.entries(SERIALIZERS)) {
  const start = (
    t: ExecutionContext,
    table: Table,
    options: Record<string, unknown> & SessionOptions<object, string> = {},
  ): Promise<Served> =>
    serve(
      t,
      routes({
        '/fill': (ctx) => {
          Object.assign(sessionOf(ctx), rich())
        },
        ...table,
      }),
      { serializer, ...options },
    )

  for (const sealed of [false, true]) {
    const where = sealed ? 'a sealed store' : 'a store in memory'
    test(`${name}: Date, Map, Set, BigInt and the like come back from ${where}`, async (t) => {
      const served = await start(
        t,
        {
          '/check': (ctx) => {
            t.deepEqual({ ...sessionOf(ctx) }, stored())
            t.true(sessionOf(ctx).date instanceof Date)
            return 'checked'
          },
        },
        sealed ? { store: new SealedStore({ keys: ['x'.repeat(32)] }) } : {},
      )
      const browser = served.visitor()
      await browser.get('/fill')
      t.is((await browser.get('/check')).text, 'checked')
    })
  }

  test(`${name}: looking at rich data is no change`, async (t) => {
    const store = new WatchedStore()
    const served = await start(t, { '/look': (ctx) => Object.keys(sessionOf(ctx)) }, { store })
    const browser = served.visitor()
    await browser.get('/fill')
    store.forget()
    await browser.get('/look')
    t.deepEqual(store.writes, [])
  })

  test(`${name}: assigning an equal value is no change`, async (t) => {
    const store = new WatchedStore()
    const served = await start(t, {}, { store })
    const browser = served.visitor()
    await browser.get('/fill')
    store.forget()
    await browser.get('/fill')
    t.deepEqual(store.writes, [])
  })

  for (const [what, change, check] of [
    [
      'a Date moved in place',
      (s: Loose) => s.date.setFullYear(2031),
      (s: Loose) => s.date.getFullYear() === 2031,
    ],
    ['an entry of a Map', (s: Loose) => s.map.set('three', 3n), (s: Loose) => s.map.get('three') === 3n],
    ['a Set inside a Map', (s: Loose) => s.map.get(2).add('er'), (s: Loose) => s.map.get(2).has('er')],
    ['a member of a Set', (s: Loose) => s.set.delete('two'), (s: Loose) => !s.set.has('two')],
    [
      'a BigInt by one',
      (s: Loose) => {
        s.big += 1n
      },
      (s: Loose) => s.big % 10n === 1n,
    ],
    [
      'a Date into its text',
      (s: Loose) => {
        s.date = s.date.toJSON()
      },
      (s: Loose) => typeof s.date === 'string',
    ],
    [
      'a number into a BigInt',
      (s: Loose) => {
        s.list[1] = 1n
      },
      (s: Loose) => s.list[1] === 1n,
    ],
  ] as const) {
    test(`${name}: changing ${what} is a change and is saved`, async (t) => {
      const served = await start(t, {
        '/change': (ctx) => void change(sessionOf(ctx)),
        '/check': (ctx) => String(check(sessionOf(ctx))),
      })
      const browser = served.visitor()
      await browser.get('/fill')
      await browser.get('/change')
      t.is((await browser.get('/check')).text, 'true')
    })
  }

  test(`${name}: what parallel requests changed is merged key by key`, async (t) => {
    const [entered, leave] = [gate(), gate()]
    const served = await start(t, {
      '/slow': async (ctx) => {
        sessionOf(ctx).map.set('slow', new Date(1))
        entered.open()
        await leave.opened
      },
      '/quick': (ctx) => {
        const session = sessionOf(ctx)
        session.set.add('quick')
        session.big = 1n
        delete session.list
      },
      '/check': (ctx) => {
        const { map, set, big, list } = sessionOf(ctx)
        t.deepEqual(map, new Map([...(rich()['map'] as Map<unknown, unknown>), ['slow', new Date(1)]]))
        t.deepEqual(set, new Set([1, 'two', 3n, 'quick']))
        t.is(big, 1n)
        t.is(list, undefined)
        return 'checked'
      },
    })
    const browser = served.visitor()
    await browser.get('/fill')
    const slow = browser.get('/slow')
    await entered.opened
    await browser.get('/quick')
    leave.open()
    t.is((await slow).status, 200)
    t.is((await browser.get('/check')).text, 'checked')
    t.false(served.events.some(([event]) => event === 'conflict'))
  })

  test(`${name}: a resolver is given living values`, async (t) => {
    const [entered, leave] = [gate(), gate()]
    const served = await start(
      t,
      {
        '/slow': async (ctx) => {
          sessionOf(ctx).set.add('slow')
          entered.open()
          await leave.opened
        },
        '/quick': (ctx) => {
          sessionOf(ctx).set.add('quick')
        },
        '/check': (ctx) => [...sessionOf(ctx).set].map(String),
      },
      {
        concurrency: {
          mode: 'merge',
          resolve: {
            set: (_base, mine, theirs) => new Set([...(theirs as Set<unknown>), ...(mine as Set<unknown>)]),
          },
        },
      },
    )
    const browser = served.visitor()
    await browser.get('/fill')
    const slow = browser.get('/slow')
    await entered.opened
    await browser.get('/quick')
    leave.open()
    await slow
    t.deepEqual((await browser.get('/check')).body, ['1', 'two', '3', 'quick', 'slow'])
  })

  test(`${name}: update changes living values, exactly`, async (t) => {
    const served = await start(t, {
      '/count': (ctx) =>
        sessionOf(ctx).update((data: Loose) => {
          data.counts ??= new Map()
          data.counts.set('all', (data.counts.get('all') ?? 0n) + 1n)
        }),
      '/check': (ctx) => String(sessionOf(ctx).counts.get('all')),
    })
    const browser = served.visitor()
    await browser.get('/fill')
    await Promise.all(Array.from({ length: 10 }, () => browser.get('/count')))
    t.is((await browser.get('/check')).text, '10')
  })

  test(`${name}: flash carries rich messages, semi-persistent as any`, async (t) => {
    const served = await start(t, {
      '/put': (ctx) => {
        const { flash } = sessionOf(ctx)
        flash.due = new Date(5)
        flash.rows = new Map([['a', 1n]])
      },
      '/touch-inside': (ctx) => {
        sessionOf(ctx).flash.rows.set('b', 2n)
      },
      '/rows': (ctx) => {
        const { flash } = sessionOf(ctx)
        return [Object.keys(flash), [...(flash.rows ?? [])].flat().map(String)]
      },
    })
    const browser = served.visitor()
    await browser.get('/put')
    await browser.get('/touch-inside')
    t.deepEqual((await browser.get('/rows')).body, [['rows'], ['a', '1', 'b', '2']])
    t.deepEqual((await browser.get('/rows')).body, [[], []])
  })

  test(`${name}: changeId, regenerate and reload keep living values`, async (t) => {
    const served = await start(t, {
      '/change': (ctx) => sessionOf(ctx).changeId(),
      '/regenerate': (ctx) => sessionOf(ctx).regenerate({ keep: ['date', 'map'] }),
      '/reload': async (ctx) => {
        sessionOf(ctx).date.setTime(0)
        await sessionOf(ctx).reload()
        return sessionOf(ctx).date.toJSON()
      },
      '/check': (ctx) => {
        const { date, map } = rich()
        t.deepEqual({ ...sessionOf(ctx) }, { date, map })
        return 'checked'
      },
    })
    const browser = served.visitor()
    await browser.get('/fill')
    await browser.get('/change')
    t.is((await browser.get('/reload')).text, '2030-01-02T03:04:05.678Z')
    await browser.get('/regenerate')
    t.is((await browser.get('/check')).text, 'checked')
  })

  test(`${name}: key deadlines hold for rich values`, async (t) => {
    const served = await start(t, {
      '/expire': (ctx) => sessionOf(ctx).expireKey('map', '1m'),
      '/check': (ctx) => String('map' in sessionOf(ctx)),
    })
    const browser = served.visitor()
    await browser.get('/fill')
    await browser.get('/expire')
    t.is((await browser.get('/check')).text, 'true')
    served.clock.advance(60_001)
    t.is((await browser.get('/check')).text, 'false')
  })

  test(`${name}: a value that it cannot parse is an error where it is read, and ends the session`, async (t) => {
    const store = new WatchedStore()
    const served = await start(t, {}, { store })
    const look = routes({
      '/has': (ctx) => ({ has: 'date' in sessionOf(ctx) }),
      '/look': (ctx) => sessionOf(ctx).date as unknown,
    })
    let foreign = false
    const other = await serve(t, look, {
      store,
      clock: served.clock,
      serializer: {
        stringify: JSON.stringify,
        parse: (text: string) => {
          if (foreign) throw new SyntaxError('foreign')
          return JSON.parse(text) as unknown
        },
      },
    })
    foreign = true
    const token = tokenIn(await served.visitor().get('/fill'))
    const cookie = { Cookie: `sid=${token}` }
    t.deepEqual((await other.visitor().get('/has', cookie)).body, { has: true }, 'never absent')
    t.deepEqual(other.events, [])
    const answer = await other.visitor().get('/look', cookie)
    t.deepEqual([answer.status, tokenIn(answer)], [500, ''])
    t.like(other.errors[0], { code: 'ERR_SESSION_CORRUPT' })
    t.deepEqual(
      other.events.map(([event]) => event),
      ['corrupt', 'destroyed'],
    )
    t.deepEqual((await other.visitor().get('/has', cookie)).body, { has: false })
  })
}

test('devalue: a value that it refuses is an error that names the key, and nothing is saved', async (t) => {
  const served = await serve(
    t,
    routes({
      '/bad': (ctx) => {
        Object.assign(sessionOf(ctx), { fine: 1n, callback: () => 1 })
      },
      '/bad-flash': (ctx) => {
        sessionOf(ctx).flash.callback = () => 1
      },
    }),
    { serializer: devalue },
  )
  for (const [path, key] of [
    ['/bad', 'callback'],
    ['/bad-flash', 'flash.callback'],
  ] as const) {
    const answer = await served.visitor().get(path)
    t.is(answer.status, 500)
    t.deepEqual(answer.cookies, [])
    t.like(served.errors.at(-1), { code: 'ERR_SESSION_SERIALIZE', key })
  }
})

test('JSON: a BigInt is an error that names the key', async (t) => {
  const served = await serve(
    t,
    routes({
      '/bad': (ctx) => {
        Object.assign(sessionOf(ctx), { fine: 1, big: 1n })
      },
    }),
  )
  t.is((await served.visitor().get('/bad')).status, 500)
  t.like(served.errors[0], { code: 'ERR_SESSION_SERIALIZE', key: 'big' })
})

test('devalue: a cycle comes back as one', async (t) => {
  const served = await serve(
    t,
    routes({
      '/tie': (ctx) => {
        const node: { self?: unknown } = {}
        node.self = node
        sessionOf(ctx).node = node
      },
      '/check': (ctx) => String(sessionOf(ctx).node.self === sessionOf(ctx).node),
    }),
    { serializer: devalue },
  )
  const browser = served.visitor()
  await browser.get('/tie')
  t.is((await browser.get('/check')).text, 'true')
})

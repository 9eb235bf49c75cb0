import test, { type ExecutionContext } from 'ava'
import type { Context } from 'koa'
import { MemoryStore, type SessionOptions } from '../../src/index.ts'
import { type Loose, routes } from '../helpers/paths.ts'
import { pause } from '../helpers/pause.ts'
import { ScriptedStore } from '../helpers/scripted-store.ts'
import { type Answer, serve, type Served } from '../helpers/serve.ts'

type Change = (session: Loose, ctx: Context) => unknown

interface Overlapped extends Pick<Served, 'events' | 'errors'> {
  readonly slow: Answer
  readonly fast: Answer
  /** What the session holds in the end. */
  readonly left: Record<string, unknown>
  /** The keys of the events `session:conflict`. */
  readonly conflicts: (readonly string[] | undefined)[]
}

/** One request loads, another one of the same session comes and goes, and then the first one goes on. */
async function overlap(
  t: ExecutionContext,
  options: Record<string, unknown> & SessionOptions<object, string>,
  { first, slow, fast }: { first: object; slow: Change; fast: Change },
): Promise<Overlapped> {
  const { here, reached, go } = pause()
  const server = await serve(
    t,
    routes({
      '/first': ({ session }) => void Object.assign(session as object, first),
      '/slow': async (ctx) => {
        t.truthy(ctx.session.id)
        await here()
        await slow(ctx.session, ctx)
      },
      '/fast': (ctx) => fast(ctx.session, ctx),
      '/left': ({ session }) => ({ ...session, flash: { ...session.flash } }),
    }),
    options,
  )
  const visitor = server.visitor()
  await visitor.get('/first')
  const slowly = visitor.get('/slow')
  await reached
  const quick = await visitor.get('/fast')
  go()
  const late = await slowly
  const { flash, ...data } = (await visitor.get('/left')).body as Record<string, unknown>
  const left = Object.keys(flash as object).length > 0 ? { ...data, flash } : data
  const conflicts = server.events.flatMap(([name, { keys }]) => (name === 'conflict' ? [keys] : []))
  return { slow: late, fast: quick, left, conflicts, events: server.events, errors: server.errors }
}

test('of two overlapping requests that write different keys, both are kept', async (t) => {
  const { left, conflicts } = await overlap(
    t,
    {},
    {
      first: { same: 1 },
      slow: (session) => (session.slow = 1),
      fast: (session) => (session.fast = 1),
    },
  )
  t.deepEqual(left, { same: 1, slow: 1, fast: 1 })
  t.deepEqual(conflicts, [])
})

test('nested values that were changed in place are merged too', async (t) => {
  const { left, conflicts } = await overlap(
    t,
    {},
    {
      first: { cart: { items: ['tea'] }, seen: { pages: [1] } },
      slow: (session) => session.cart.items.push('cup'),
      fast: (session) => session.seen.pages.push(2),
    },
  )
  t.deepEqual(left, { cart: { items: ['tea', 'cup'] }, seen: { pages: [1, 2] } })
  t.deepEqual(conflicts, [])
})

test('a key that both changed holds the value of the one who finished last, and an event names it', async (t) => {
  const { left, conflicts, events } = await overlap(
    t,
    {},
    {
      first: { colour: 'red' },
      slow: (session) => (session.colour = 'secret blue'),
      fast: (session) => (session.colour = 'secret green'),
    },
  )
  t.deepEqual(left, { colour: 'secret blue' })
  t.deepEqual(conflicts, [['colour']])
  const event = events.find(([name]) => name === 'conflict')![1]
  t.false(JSON.stringify({ ...event, ctx: undefined }).includes('secret'))
})

test('a key that both changed to the same value is no conflict', async (t) => {
  const same: Change = (session) => (session.colour = 'blue')
  const { left, conflicts } = await overlap(t, {}, { first: { colour: 'red' }, slow: same, fast: same })
  t.deepEqual(left, { colour: 'blue' })
  t.deepEqual(conflicts, [])
})

test('a resolver decides what a key holds that both changed', async (t) => {
  const seen: unknown[] = []
  const { left, conflicts } = await overlap(
    t,
    {
      concurrency: {
        mode: 'merge',
        resolve: {
          cart: (base, mine, theirs) => {
            seen.push(base, mine, theirs)
            return [...new Set([...(mine as string[]), ...(theirs as string[])])]
          },
        },
      },
    },
    {
      first: { cart: ['tea'] },
      slow: (session) => session.cart.push('cup'),
      fast: (session) => session.cart.push('pot'),
    },
  )
  t.deepEqual(left, { cart: ['tea', 'cup', 'pot'] })
  t.deepEqual(seen, [['tea'], ['tea', 'cup'], ['tea', 'pot']])
  t.deepEqual(conflicts, [['cart']])
})

for (const who of ['slow', 'fast'] as const) {
  test(`a deletion by the ${who} request wins over a change`, async (t) => {
    const remove: Change = (session) => delete session.rights
    const change: Change = (session) => (session.rights = 'all')
    const { left, conflicts } = await overlap(
      t,
      {
        concurrency: { mode: 'merge', resolve: { rights: () => t.fail('no resolver is asked') } },
      },
      {
        first: { rights: 'some' },
        slow: who === 'slow' ? remove : change,
        fast: who === 'fast' ? remove : change,
      },
    )
    t.deepEqual(left, {})
    t.deepEqual(conflicts, [['rights']])
  })
}

test('a request that only reads while another one writes changes nothing', async (t) => {
  const { left } = await overlap(
    t,
    { expiryThreshold: 0 },
    { first: { count: 1 }, slow: (session) => void session.count, fast: (session) => (session.count = 2) },
  )
  t.deepEqual(left, { count: 2 })
})

test('a message that one request adds to the flash is not swept away by another one that looks', async (t) => {
  const { left } = await overlap(
    t,
    {},
    {
      first: { flash: { old: 'old' } },
      slow: (session) => void session.flash.old,
      fast: (session) => void (session.flash.fresh = 'new'),
    },
  )
  t.deepEqual(left, { flash: { fresh: 'new' } })
})

test('a message that is set anew to an equal value is not swept away either', async (t) => {
  const { left } = await overlap(
    t,
    {},
    {
      first: { flash: { note: 'saved' } },
      slow: (session) => void session.flash.note,
      fast: (session) => void (session.flash.note = 'saved'),
    },
  )
  t.deepEqual(left, { flash: { note: 'saved' } })
})

test('what saves often while others save is merged each time', async (t) => {
  const server = await serve(
    t,
    routes({
      '/first': ({ session }) => void (session.first = 1),
      '/write': (ctx) => void (ctx.session[`key${String(ctx.query['n'])}`] = 1),
      '/left': ({ session }) => Object.keys(session as object).length,
    }),
  )
  const visitor = server.visitor()
  await visitor.get('/first')
  await Promise.all(Array.from({ length: 60 }, (_, n) => visitor.get(`/write?n=${n}`)))
  t.is((await visitor.get('/left')).text, '61')
  t.deepEqual(
    server.events.filter(([name]) => name === 'conflict'),
    [],
  )
})

test('what is written while a save waits for the store is not lost when the save meets a conflict', async (t) => {
  const store = new ScriptedStore(new MemoryStore())
  const writing = pause()
  const { left } = await overlap(
    t,
    { store },
    {
      first: { n: 1 },
      slow: async (session) => {
        session.early = 1
        let sets = 0
        // The first try meets the conflict.
        store.before = ({ operation }) => (operation === 'set' && ++sets === 2 ? writing.here() : undefined)
        const saving = session.save()
        await writing.reached
        session.late = 1
        writing.go()
        await saving
      },
      fast: (session) => void (session.fast = 1),
    },
  )
  t.deepEqual(left, { n: 1, early: 1, late: 1, fast: 1 })
})

test('last-write: all data are those of the last request to finish', async (t) => {
  const { left, conflicts } = await overlap(
    t,
    { concurrency: 'last-write' },
    {
      first: { same: 1 },
      slow: (session) => (session.slow = 1),
      fast: (session) => (session.fast = 1),
    },
  )
  t.deepEqual(left, { same: 1, slow: 1 })
  t.deepEqual(conflicts, [])
})

test('last-write: a session that another request destroyed is not revived', async (t) => {
  const { left, slow, conflicts } = await overlap(
    t,
    { concurrency: 'last-write' },
    {
      first: { same: 1 },
      slow: (session) => (session.slow = 1),
      fast: (session) => session.destroy(),
    },
  )
  t.deepEqual(left, {})
  t.deepEqual(slow.cookies, [])
  t.deepEqual(conflicts, [['slow']])
})

test('a key that was taken over by changeId and changed by both is settled as at a save', async (t) => {
  const { left, conflicts } = await overlap(
    t,
    {
      concurrency: {
        mode: 'merge',
        resolve: { sum: (base, mine, theirs) => Number(mine) + Number(theirs) - Number(base) },
      },
    },
    {
      first: { sum: 1 },
      slow: async (session) => {
        session.sum += 10
        await session.changeId()
        t.is(session.sum, 111)
      },
      fast: (session) => (session.sum += 100),
    },
  )
  t.deepEqual(left, { sum: 111 })
  t.deepEqual(conflicts, [['sum']])
})

test('a key that regenerate keeps and both changed is settled as at a save', async (t) => {
  const { left, conflicts } = await overlap(
    t,
    {},
    {
      first: { cart: ['tea'], colour: 'red' },
      slow: async (session, ctx) => {
        session.colour = 'blue'
        await session.regenerate({ keep: ['cart', 'colour'] })
        ctx.session.user = 'ann'
      },
      fast: (session) => {
        session.cart.push('cup')
        session.colour = 'green'
      },
    },
  )
  t.deepEqual(left, { cart: ['tea', 'cup'], colour: 'blue', user: 'ann' })
  t.deepEqual(conflicts, [['colour']])
})

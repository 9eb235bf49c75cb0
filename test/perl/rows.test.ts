import test, { type ExecutionContext } from 'ava'
import Koa, { type Context } from 'koa'
import { session, SessionConfigError, type SessionOptions } from '../../src/index.ts'
import { serve, type Served, type Visitor } from '../helpers/serve.ts'

/** What the rows of docs/from-perl.md say, where no recorded scenario says it. */

type Acts = Readonly<Record<string, (ctx: Context) => unknown>>

/** Each path carries out one act; what it returns is the body. */
async function acting(t: ExecutionContext, acts: Acts, options: SessionOptions = {}): Promise<Served> {
  return serve(
    t,
    async (ctx) => {
      ctx.body = { is: (await acts[ctx.path.slice(1)]!(ctx)) ?? null }
    },
    options as Record<string, unknown>,
  )
}

const answerOf = async (browser: Visitor, act: string): Promise<unknown> =>
  ((await browser.get(`/${act}`)).body as { is: unknown }).is

const times = ({ session: { isNew, createdAt, updatedAt, expiresAt } }: Context): unknown =>
  JSON.stringify([!isNew, createdAt, updatedAt, expiresAt].map((one) => one !== undefined && one !== false))

test('session_is_valid, session_expires, __created, __updated: from the record on, so not before it is stored', async (t) => {
  const { visitor } = await acting(t, {
    look: times,
    write: (ctx) => {
      ctx.session.n = 1
      return times(ctx)
    },
    save: async (ctx) => {
      ctx.session.n = 1
      await ctx.session.save()
      return times(ctx)
    },
  })
  const [none, all] = ['[false,false,false,false]', '[true,true,true,true]']
  const browser = visitor()
  t.is(await answerOf(browser, 'look'), none)
  t.is(await answerOf(browser, 'write'), none)
  t.is(await answerOf(browser, 'look'), all)
  t.is(await answerOf(visitor(), 'save'), all)
})

test('asking for session_is_valid or session_expires extends, as any look does; what flash changes is an update', async (t) => {
  const { visitor, clock } = await acting(
    t,
    {
      write: (ctx) => void (ctx.session.n = 1),
      valid: (ctx) => !ctx.session.isNew,
      until: (ctx) => Number(ctx.session.expiresAt),
      flash: (ctx) => void (ctx.session.flash.m = 'hi'),
      updated: (ctx) => Number(ctx.session.updatedAt),
    },
    { idleTimeout: '100s', expiryThreshold: 0 },
  )
  const browser = visitor()
  const began = clock()
  await browser.get('/write')
  clock.advance('60s')
  t.is(await answerOf(browser, 'valid'), true)
  clock.advance('60s')
  t.is(await answerOf(browser, 'until'), began + 220_000)
  t.is(await answerOf(browser, 'updated'), began)
  await browser.get('/flash')
  t.is(await answerOf(browser, 'updated'), began + 120_000)
})

test('__address is bound when the record is written, so it is not there before; releasing works at once', async (t) => {
  const acts: Acts = {
    write: (ctx) => {
      ctx.session.n = 1
      return ctx.session.boundAddress
    },
    save: async (ctx) => {
      ctx.session.n = 1
      await ctx.session.save()
      return ctx.session.boundAddress
    },
    release: (ctx) => {
      ctx.session.n = 1
      ctx.session.boundAddress = undefined
    },
    look: (ctx) => ctx.session.boundAddress,
  }
  const bound = await acting(t, acts, { verifyAddress: { by: () => '192.0.2.1' } })
  const browser = bound.visitor()
  t.is(await answerOf(browser, 'write'), null)
  t.is(await answerOf(browser, 'look'), '192.0.2.1')
  t.is(await answerOf(bound.visitor(), 'save'), '192.0.2.1')
  const free = bound.visitor()
  await free.get('/release')
  t.is(await answerOf(free, 'look'), null)
  t.is(await answerOf((await acting(t, acts)).visitor(), 'save'), null)
})

test('change_session_id without a session begins none; touch() does, and sessionid is no sign of one', async (t) => {
  const { visitor, events } = await acting(t, {
    change: (ctx) => ctx.session.changeId(),
    id: (ctx) => typeof ctx.session.id,
    both: async (ctx) => {
      await ctx.session.touch()
      await ctx.session.changeId()
    },
  })
  const change = await visitor().get('/change')
  t.deepEqual([change.status, change.cookies], [200, []])
  const id = await visitor().get('/id')
  t.deepEqual([id.body, id.cookies], [{ is: 'string' }, []])
  t.deepEqual(events, [])
  t.is((await visitor().get('/both')).cookies.length, 1)
})

test('delete_session: the object that is held keeps its values, and a write to it is an error', async (t) => {
  const { visitor } = await acting(t, {
    write: (ctx) => void (ctx.session.n = 1),
    end: async (ctx) => {
      const held = ctx.session
      await ctx.session.destroy('bye')
      t.throws(() => (held.n = 2), { code: 'ERR_SESSION_UNAVAILABLE' })
      return [held.n, ctx.session.n, ctx.session.endReason]
    },
  })
  const browser = visitor()
  await browser.get('/write')
  t.deepEqual(await answerOf(browser, 'end'), [1, null, 'bye'])
})

test('session_expire_key with 0 or less: at once', async (t) => {
  const { visitor } = await acting(t, {
    write: (ctx) => {
      Object.assign(ctx.session, { a: 1, b: 1, c: 1 })
      ctx.session.expireKey('a', 0)
      ctx.session.expireKey('b', -5)
      return Object.keys(ctx.session)
    },
    look: (ctx) => Object.keys(ctx.session),
  })
  const browser = visitor()
  t.deepEqual(await answerOf(browser, 'write'), ['c'])
  t.deepEqual(await answerOf(browser, 'look'), ['c'])
})

test('session_time_to_live is an idle timeout of its own: it slides, longer or shorter, and outlasts changeId', async (t) => {
  const { visitor, clock } = await acting(
    t,
    {
      longer: (ctx) => void (ctx.session.idleTimeout = '1d'),
      change: (ctx) => ctx.session.changeId(),
      left: (ctx) => Number(ctx.session.expiresAt) - clock(),
    },
    { expiryThreshold: 0 },
  )
  const browser = visitor()
  await browser.get('/longer')
  clock.advance('20h')
  await browser.get('/change')
  clock.advance('20h')
  t.is(await answerOf(browser, 'left'), 86_400_000)
})

test('a failed request saves nothing, however it fails; saveOnError saves, and an error below 500 does', async (t) => {
  const acts: Acts = {
    die: (ctx) => {
      ctx.session.n = 1
      throw new Error('boom')
    },
    answer: (ctx) => {
      ctx.session.n = 1
      ctx.status = 500
    },
    forbid: (ctx) => {
      ctx.session.n = 1
      ctx.throw(403)
    },
  }
  const saved = async ({ visitor }: Served, act: string): Promise<boolean> =>
    (await visitor().get(`/${act}`)).cookies.length > 0
  const plain = await acting(t, acts)
  t.deepEqual(
    [await saved(plain, 'die'), await saved(plain, 'answer'), await saved(plain, 'forbid')],
    [false, false, true],
  )
  const saving = await acting(t, acts, { saveOnError: true })
  t.deepEqual([await saved(saving, 'die'), await saved(saving, 'answer')], [true, true])
})

for (const [what, options, message] of [
  [
    "store => 'File', by name",
    { store: 'File' },
    /^Expected store to be a store, such as new FileStore\(\{ dir \}\), got 'File'$/,
  ],
  ["state => 'Cookie', by name", { state: 'Cookie' }, /^Expected state to be /],
  [
    'a sid_generator of fewer than 22 characters',
    { token: { generate: () => Math.random().toString(36).slice(2, 8).padEnd(21, '_'), validate: /^\w+$/ } },
    /22 characters.*got '21 characters'/,
  ],
  [
    'expires => 10000000000, in seconds',
    { idleTimeout: 10_000_000_000_000, absoluteTimeout: false },
    /^Expected idleTimeout/,
  ],
  [
    'expires => 10000000000, as it stands',
    { idleTimeout: 10_000_000_000 },
    /idleTimeout to be at most absoluteTimeout/,
  ],
  [
    'no end at all, with a persistent cookie',
    { idleTimeout: false, absoluteTimeout: false, cookie: { persistent: true } },
    /at most 400 days/,
  ],
  ['expires => 0', { idleTimeout: 0 }, /^Expected idleTimeout/],
  ['expiry_threshold below 0', { expiryThreshold: -1 }, /^Expected expiryThreshold/],
  ['cookie_samesite None without cookie_secure', { cookie: { sameSite: 'none' } }, /^Expected cookie.secure/],
] as const) {
  test(`refused at start: ${what}`, (t) => {
    t.throws(() => session(new Koa(), options as unknown as SessionOptions), {
      instanceOf: SessionConfigError,
      message,
    })
  })
}

test('never ending is false, with a cookie that ends with the browser', (t) => {
  t.notThrows(() => session(new Koa(), { idleTimeout: false, absoluteTimeout: false }))
})

test('psgix.session.options expires: for one response, or for the session', async (t) => {
  const { visitor } = await acting(t, {
    once: (ctx) => {
      ctx.session.n = 1
      ctx.session.cookieOptions = { persistent: true }
    },
    always: (ctx) => {
      ctx.session.n = 1
      ctx.session.persistent = true
    },
    again: (ctx) => ctx.session.changeId(),
  })
  for (const [act, later] of [
    ['once', false],
    ['always', true],
  ] as const) {
    const browser = visitor()
    t.regex((await browser.get(`/${act}`)).cookies[0]!, /expires=/i)
    t.is(/expires=/i.test((await browser.get('/again')).cookies[0]!), later)
  }
})

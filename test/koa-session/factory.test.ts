import { execFileSync } from 'node:child_process'
import test from 'ava'
import type { Middleware } from 'koa'
import session, {
  createSession,
  type CreateSessionOptions,
  type Session,
  type SessionStore,
} from '../../src/koa-session/index.ts'
import Koa from '../helpers/koa.ts'
import { listen, visitor } from '../helpers/serve.ts'
import { ROOT } from '../docs/pages.ts'
import { both, type Handler, LIBRARIES } from './both.ts'

const app = new Koa()
app.keys = ['a']

test('all call orders', (t) => {
  for (const factory of Object.values(LIBRARIES)) {
    for (const middleware of [
      factory(new Koa()),
      factory(new Koa(), { key: 'a' }),
      factory({ key: 'a' }, new Koa()),
      factory(null, new Koa()),
      factory(undefined, new Koa()),
    ]) {
      t.is(middleware.name, 'session')
      t.is(middleware.length, 2)
    }
    for (const given of [[], [{}], [{}, {}]])
      t.throws(() => (factory as (...all: unknown[]) => void)(...given), {
        instanceOf: TypeError,
        message: 'app instance required: `session(opts, app)`',
      })
  }
  t.is(createSession, session)
})

test('the name of an option that is wrong is in the message', (t) => {
  const wrong: Record<string, unknown[]> = {
    key: [1, null],
    maxAge: [null, Number.NaN, '1d', true],
    autoCommit: ['yes'],
    overwrite: [null],
    httpOnly: [1],
    signed: [null],
    rolling: [1],
    renew: ['no'],
    secure: ['auto', null],
    sameSite: [5],
    externalKey: [{}, { get() {} }],
    store: [{}, { get() {}, set() {} }, 'redis'],
    ContextStore: [{}, Date, () => 1],
    encode: ['json'],
    decode: [1],
    genid: ['id'],
    prefix: [1],
    valid: [true],
    beforeSave: [{}],
  }
  for (const [name, values] of Object.entries(wrong))
    for (const value of values) {
      const error = t.throws(
        () => session({ [name]: value }, new Koa()),
        { code: 'ERR_SESSION_CONFIG' },
        name,
      )
      t.true(error?.message.includes(`options.${name}`), error?.message)
    }
  t.throws(() => session('koa.sess' as never, new Koa()), { code: 'ERR_SESSION_CONFIG' })
})

test('what koa-session refuses, and need not', (t) => {
  class MapStore extends Map<string, unknown> {
    destroy(key: string): void {
      this.delete(key)
    }
  }
  function OldStore(): void {}
  Object.assign(OldStore.prototype as object, { get() {}, set() {}, destroy() {} })
  for (const options of [
    Object.freeze({ key: 'frozen' }),
    { sameSite: null },
    { sameSite: true },
    { store: new MapStore() as unknown as SessionStore },
    { store: null as never },
    { ContextStore: OldStore as never },
    { use: () => 1 } as never,
  ])
    t.is(typeof session(options, new Koa()), 'function')
  const frozen: CreateSessionOptions = {}
  session(frozen, new Koa())
  t.deepEqual(frozen, {}, 'the options of the application stay as they are')
})

test.serial('sameSite: null and true', async (t) => {
  const handler: Handler = (ctx) => void (ctx.session['a'] = 1)
  for (const [sameSite, expected] of [
    [null, /path=\/; httponly$/],
    [true, /; samesite=strict; httponly$/],
  ] as const) {
    const app = new Koa()
    app.keys = ['a']
    app.use(session({ sameSite }, app) as Middleware)
    app.use(handler as unknown as Middleware)
    const { cookies } = await visitor(await listen(t, app)).get('/')
    t.regex(cookies[0]!, expected)
  }
})

test.serial('options can be changed while the server runs', async (t) => {
  const kept: CreateSessionOptions[] = []
  const seen = await both(t, {
    handler: (ctx) => {
      ctx.session['a'] = 1
      ctx.body = String(ctx.session.externalKey)
      for (const options of kept) {
        Reflect.deleteProperty(options, 'store')
        options.key = 'changed'
      }
    },
    steps: ['/', '/'],
    options: (store) => {
      const options = { store }
      kept.push(options)
      return options
    },
  })
  // `both` copies the options, so that these are not the ones in use.
  t.is(seen.ours[1]!.text, seen['koa-session'][1]!.text)
  const options: CreateSessionOptions = { store: { get() {}, set() {}, destroy() {} } }
  const app = new Koa()
  app.keys = ['a']
  app.use(session(options, app) as Middleware)
  app.use((ctx) => {
    ctx['session'].a = 1
    ctx.body = String(ctx['session'].externalKey === undefined)
  })
  const browser = visitor(await listen(t, app))
  t.is((await browser.get('/')).text, 'false')
  options.store = undefined
  options.key = 'other'
  const answer = await browser.get('/')
  t.is(answer.text, 'true')
  t.regex(answer.cookies[0]!, /^other=ey/)
})

test.serial('ctx.session can be mocked, and the options of a request are its own', async (t) => {
  const app = new Koa()
  app.keys = ['a']
  app.use(session(app) as Middleware)
  app.use((ctx) => {
    ctx.body = [ctx['session'].maxAge ?? null, ctx['sessionOptions'].maxAge ?? null]
    ctx['sessionOptions'].maxAge = 5
  })
  const browser = visitor(await listen(t, app))
  for (let turn = 0; turn < 2; turn += 1) t.is((await browser.get('/')).text, '[null,null]')
  Object.defineProperty(app.context, 'session', { value: { maxAge: 'mocked' } })
  t.is((await browser.get('/')).text, '["mocked",null]')
})

test.serial('a mounted app has the session too', async (t) => {
  const outer = new Koa()
  outer.keys = ['a']
  const inner = new Koa()
  const middleware = session({ key: 'inner' }, inner)
  outer.use((ctx, next) => (middleware as Middleware)(ctx, next))
  outer.use((ctx) => {
    ctx['session'].a = 1
    ctx.body = (ctx['session'] as Session).length
  })
  const answer = await visitor(await listen(t, outer)).get('/')
  t.is(answer.text, '1')
  t.regex(answer.cookies[0]!, /^inner=/)
})

test.serial('maxage is maxAge', async (t) => {
  const options = Object.freeze({ maxage: 5 })
  for (const [given, expected] of [
    [options, '5'],
    [{ ...options, maxAge: 6 }, '6'],
  ] as const) {
    const app = new Koa()
    app.use(session(given, app) as Middleware)
    app.use((ctx) => void (ctx.body = String(ctx['session'].maxAge)))
    t.is((await visitor(await listen(t, app)).get('/')).text, expected)
  }
})

test('what require returns can be called', (t) => {
  const source = `
    const session = require('koa-session-pipeline/koa-session')
    const Koa = require('koa')
    const app = new Koa()
    for (const factory of [session, session.default, session.createSession])
      console.log(typeof factory(app), factory({}, new Koa()).name)
  `
  const output = execFileSync(process.execPath, ['-e', source], { cwd: ROOT, encoding: 'utf8' })
  t.is(output, 'function session\n'.repeat(3))
})

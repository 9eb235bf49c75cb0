import { setTimeout as wait } from 'node:timers/promises'
import test from 'ava'
import Koa from 'koa'
import type { SessionOptions, SessionStore } from '../../src/koa-session/index.ts'
import session from '../../src/koa-session/index.ts'
import { listen, visitor } from '../helpers/serve.ts'
import { type Handler, play, type SessionedContext } from './both.ts'

// What koa-session does not wait for, or loses when requests overlap.

const count: Handler = (ctx) => {
  ctx.session['n'] = ((ctx.session['n'] as number | undefined) ?? 0) + 1
  ctx.body = ctx.session
}
const later = async <T>(value: T): Promise<T> => {
  await new Promise((resolve) => setImmediate(resolve))
  return value
}

for (const kind of ['cookie', 'store'] as const) {
  const place = (store: SessionStore): SessionOptions => (kind === 'store' ? { store } : {})

  test.serial(`${kind}: hooks may be asynchronous`, async (t) => {
    const options = (store: SessionStore): SessionOptions => ({
      ...place(store),
      genid: (ctx) => later(`late-${ctx.path.slice(1)}`),
      valid: async (ctx, session) => later(session['uid'] === ctx.get('uid')),
      beforeSave: async (ctx, session) => void (session['uid'] = await later(ctx.get('uid'))),
      encode: (payload) => later(Buffer.from(JSON.stringify(payload)).toString('hex')),
      decode: async (text) => later(JSON.parse(Buffer.from(text, 'hex').toString()) as unknown),
    })
    const uid = (value: string) => ({ path: '/a', headers: { uid: value } })
    const seen = await play(t, 'ours', { handler: count, steps: [uid('1'), uid('1'), uid('2')], options })
    t.deepEqual(
      seen.map(({ text }) => text),
      ['{"n":1,"uid":"1"}', '{"n":2,"uid":"1"}', '{"n":1,"uid":"2"}'],
    )
    t.deepEqual(seen[2]!.errors, [])
    t.is(seen[2]!.events.length, 1)
    if (kind === 'store') t.true(Object.hasOwn(seen[0]!.records, 'late-a'))
  })

  test.serial(`${kind}: beforeSave that rejects fails the request`, async (t) => {
    const beforeSave = async (): Promise<void> => {
      throw new Error('not now')
    }
    const options = (store: SessionStore): SessionOptions => ({ ...place(store), beforeSave })
    const [seen] = await play(t, 'ours', { handler: count, steps: ['/'], options })
    t.is(seen!.status, 500)
    t.deepEqual(seen!.errors, ['not now'])
  })
}

test.serial('the way of the id may be asynchronous', async (t) => {
  const seen = await play(t, 'ours', {
    handler: count,
    steps: ['/', { path: '/', headers: { sid: 'id-1' } }],
    options: (store) => ({
      store,
      externalKey: {
        get: (ctx) => later(ctx.get('sid')),
        set: async (ctx, key) => {
          await later(undefined)
          ctx.set('sid', key)
        },
      },
    }),
  })
  t.is(seen[1]!.text, '{"n":2}')
})

test.serial('an asynchronous decode that fails drops the cookie', async (t) => {
  const seen = await play(t, 'ours', {
    handler: count,
    steps: [{ path: '/', cookie: 'koa.sess=x' }, '/'],
    options: () => ({
      signed: false,
      decode: async (text) => {
        if (text === 'x') throw new Error('not mine')
        return later(JSON.parse(Buffer.from(text, 'base64').toString()) as unknown)
      },
    }),
  })
  t.deepEqual(seen[0]!.errors, ['not mine'])
  t.regex(seen[0]!.cookies[0]!, /^koa\.sess=;.* 1970/)
})

test.serial('a hook that promises, and does not look like it, is refused', async (t) => {
  const [, seen] = await play(t, 'ours', {
    handler: count,
    steps: ['/', '/'],
    options: () => ({ valid: () => later(true) }),
  })
  t.is(seen!.status, 500)
  t.regex(seen!.errors[0]!, /declared as 'async'/)
})

test.serial('ids that are none are refused', async (t) => {
  for (const id of ['', 5, undefined]) {
    const options = (store: SessionStore): SessionOptions => ({ store, genid: () => id as string })
    const [seen] = await play(t, 'ours', { handler: count, steps: ['/'], options })
    t.regex(seen!.errors[0]!, /Expected the option genid/)
  }
})

test.serial('a save that nobody waited for is waited for, and its error is not lost', async (t) => {
  const handler: Handler = (ctx) => {
    ctx.session['a'] = 1
    void ctx.session.save()
    ctx.body = 'done'
  }
  const slow = (store: SessionStore): SessionOptions => ({
    store: { ...store, set: async (...given) => store.set(...(await later(given))) },
  })
  const [seen] = await play(t, 'ours', { handler, steps: ['/'], options: slow })
  t.is(seen!.calls.length, 1)
  const full = (store: SessionStore): SessionOptions => ({
    store: { ...store, set: () => Promise.reject(new Error('full')) },
  })
  const [failed] = await play(t, 'ours', { handler, steps: ['/'], options: full })
  t.is(failed!.status, 500)
  const [manual] = await play(t, 'ours', {
    handler,
    steps: ['/'],
    options: (store) => ({ ...full(store), autoCommit: false }),
  })
  t.is(manual!.status, 200)
  t.deepEqual(manual!.errors, ['full'])
})

test.serial('save and regenerate take a callback', async (t) => {
  const handler: Handler = async (ctx) => {
    ctx.session['a'] = 1
    await new Promise<void>((resolve, reject) =>
      t.is(
        ctx.session.save((error) => (error ? reject(error as Error) : resolve())),
        undefined,
      ),
    )
    const id = ctx.session.externalKey
    await new Promise<void>((resolve) => ctx.session.regenerate(() => resolve()))
    ctx.body = [id, ctx.session.externalKey]
  }
  const [seen] = await play(t, 'ours', { handler, steps: ['/'], options: (store) => ({ store }) })
  t.is(seen!.text, '["id-1","id-2"]')
})

test.serial('a session that was ended by a parallel request stays ended', async (t) => {
  const records = new Map<string, unknown>()
  const store: SessionStore = {
    get: (key) => records.get(key),
    set: (key, value) => void records.set(key, value),
    destroy: (key) => records.delete(key),
  }
  const app = new Koa()
  app.keys = ['a']
  app.use(session(app, { store, rolling: true }) as Koa.Middleware)
  let arrived: () => void
  const waiting = new Promise<void>((resolve) => (arrived = resolve))
  let go: () => void
  const ended = new Promise<void>((resolve) => (go = resolve))
  app.use(async (context) => {
    const ctx = context as unknown as SessionedContext
    if (ctx.path === '/logout') ctx.session = null as never
    else ctx.session['path'] = ctx.path
    if (ctx.path === '/slow') {
      arrived()
      await ended
    }
    ctx.body = 'done'
  })
  const missed: unknown[] = []
  app.on('session:missed', ({ key }) => missed.push(key))
  const browser = visitor(await listen(t, app))
  await browser.get('/login')
  const [id] = records.keys()
  const slow = browser.get('/slow')
  await waiting
  await browser.get('/logout')
  go!()
  t.is((await slow).status, 200)
  t.is((await slow).cookies.length, 0)
  t.deepEqual([...records], [])
  await wait(1)
  t.deepEqual(missed, [id])
})

test.serial('a listener that throws disturbs nobody', async (t) => {
  const [seen] = await play(t, 'ours', {
    around: (app, use) => {
      app.on('session:missed', () => {
        throw new Error('listener')
      })
      use()
    },
    handler: count,
    steps: [{ path: '/', cookie: 'koa.sess=unknown' }],
    options: (store) => ({ store, signed: false }),
  })
  t.is(seen!.text, '{"n":1}')
  t.deepEqual(seen!.errors, ['listener'])
})

import { setTimeout as wait } from 'node:timers/promises'
import test from 'ava'
import Koa from 'koa'
import type { SessionOptions, SessionStore } from '../../src/koa-session/index.ts'
import session from '../../src/koa-session/index.ts'
import { listen, visitor } from '../helpers/serve.ts'
import { count, later, type Handler, play, type SessionedContext } from './both.ts'

// What koa-session loses when requests overlap.

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

test.serial('a regenerate that nobody waited for, and that failed, is tried again', async (t) => {
  const handler: Handler = (ctx) => {
    ctx.session['a'] = ctx.path
    if (ctx.path !== '/') void ctx.session.regenerate()
    ctx.body = 'done'
  }
  for (const [failures, status, id] of [
    [1, 200, 'id-3'],
    [2, 500, 'id-1'],
  ] as const) {
    let left: number = failures
    const options = (store: SessionStore): SessionOptions => ({
      store: {
        ...store,
        destroy: async (key, given) => {
          if (key === 'id-1' && (left -= 1) >= 0) throw new Error('not now')
          store.destroy(key, given)
        },
      },
    })
    const seen = await play(t, 'ours', { handler, steps: ['/', '/move'], options })
    t.is(seen[1]!.status, status)
    t.deepEqual(Object.keys(seen[1]!.records), [id])
  }
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

import test from 'ava'
import type { Context } from 'koa'
import { session, SessionError, type SiblingOptions } from '../../src/index.ts'
import { count, type Next, routed } from './routed.ts'

const write = (ctx: Context, next: Next): Promise<unknown> => {
  ctx.session.early = true
  return next()
}

const mend = async (ctx: Context, next: Next): Promise<void> => {
  await next().catch((error: SessionError) => (ctx.state.code = error.code))
  count(ctx)
}

const both = (ctx: Context): void => {
  ctx.session.views = (ctx.session.views ?? 0) + 1
  ctx.admin.views = (ctx.admin.views ?? 10) + 1
  ctx.body = [ctx.session.views, ctx.admin.views]
}

test('on a route of its parent a sibling runs inside of it, and the parent commits', async (t) => {
  const browser = await routed(t, (app) => {
    const sessions = session(app)
    return { '/': [sessions, sessions.with({ concurrency: 'last-write' })] }
  })
  const first = await browser.get('/')
  t.like(first, { status: 200, body: { views: 1 } })
  t.is(first.cookies.length, 1)
  t.like((await browser.get('/')).body, { views: 2 })
})

test('on a route of its parent a sibling can ask for the lock', async (t) => {
  let inside = 0
  const alone = async (_ctx: Context, next: Next): Promise<void> => {
    t.is((inside += 1), 1, 'two requests of one session at once')
    await new Promise((resolve) => setImmediate(resolve))
    await next()
    inside -= 1
  }
  const browser = await routed(t, (app) => {
    const sessions = session(app)
    return { '/open': [sessions], '/locked': [sessions, sessions.with({ concurrency: 'lock' }), alone] }
  })
  await browser.get('/open')
  const answers = await Promise.all(Array.from({ length: 5 }, () => browser.get('/locked')))
  t.deepEqual(
    answers.map(({ body }) => (body as { views: number }).views).toSorted((a, b) => a - b),
    [2, 3, 4, 5, 6],
  )
})

test('the lock comes too late for a session that has been changed already', async (t) => {
  const browser = await routed(t, (app) => {
    const sessions = session(app)
    return { '/open': [sessions], '/locked': [sessions, write, sessions.with({ concurrency: 'lock' })] }
  })
  await browser.get('/open')
  t.is((await browser.get('/locked')).status, 500)
  t.true(browser.errors[0] instanceof SessionError)
  t.like((await browser.get('/open')).body, { views: 2 })
})

const others: readonly [what: string, options: SiblingOptions][] = [
  ['other stages', { stages: (defaults) => defaults }],
  ['another timeout', { idleTimeout: '5m' }],
  ['concurrency and more', { concurrency: 'last-write', saveOnError: true }],
]
for (const [what, options] of others)
  test(`on a route of its parent a sibling cannot ask for ${what}`, async (t) => {
    const browser = await routed(t, (app) => {
      const sessions = session(app)
      return { '/': [sessions, sessions.with(options)] }
    })
    t.is((await browser.get('/')).status, 500)
    const error = browser.errors[0] as SessionError
    t.is(error.code, 'ERR_SESSION_NESTED')
    t.regex(error.message, /ctx\.session.*concurrency/)
  })

test('inherited changes count: a sibling of a sibling with other stages stays refused there', async (t) => {
  const browser = await routed(t, (app) => {
    const sessions = session(app)
    return { '/': [sessions, sessions.with({ saveOnError: true }).with({ concurrency: 'last-write' })] }
  })
  t.is((await browser.get('/')).status, 500)
  t.like(browser.errors[0], { code: 'ERR_SESSION_NESTED' })
})

test('a second session of the same name on one request is refused', async (t) => {
  const browser = await routed(t, (app) => ({ '/': [session(app), session(app)] }))
  t.is((await browser.get('/')).status, 500)
  const error = browser.errors[0] as SessionError
  t.is(error.code, 'ERR_SESSION_NESTED')
  t.regex(error.message, /ctx\.session.*'as'/)
})

test('a sibling of a stranger is a second session, too', async (t) => {
  const browser = await routed(t, (app) => ({
    '/': [session(app), session(app).with({ concurrency: 'last-write' })],
  }))
  t.is((await browser.get('/')).status, 500)
  t.like(browser.errors[0], { code: 'ERR_SESSION_NESTED' })
})

test('the same middleware twice on one request is refused', async (t) => {
  const browser = await routed(t, (app) => {
    const sessions = session(app)
    return { '/': [sessions, sessions] }
  })
  t.is((await browser.get('/')).status, 500)
  t.like(browser.errors[0], { code: 'ERR_SESSION_NESTED' })
})

test('a session that is refused as the second one leaves the first alone', async (t) => {
  const browser = await routed(t, (app) => {
    const sessions = session(app)
    return { '/': [sessions, mend, session(app)], '/open': [sessions] }
  })
  t.like((await browser.get('/')).body, { views: 1, state: { code: 'ERR_SESSION_NESTED' } })
  t.like((await browser.get('/open')).body, { views: 2 })
})

test('two sessions of two names live side by side', async (t) => {
  const browser = await routed(t, (app) => ({ '/': [session(app), session(app, { as: 'admin' }), both] }))
  const { body, cookies } = await browser.get('/')
  t.deepEqual(body, [1, 11])
  t.deepEqual(new Set(cookies.map((line) => line.split('=')[0])), new Set(['admin.sid', 'sid']))
  t.deepEqual((await browser.get('/')).body, [2, 12])
})

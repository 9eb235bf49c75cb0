import { inspect } from 'node:util'
import test from 'ava'
import type { SessionEvent } from '../../src/index.ts'
import { type Loose, routes, tokenIn } from '../helpers/paths.ts'
import { serve, visitor } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

const app = routes({
  '/write': ({ session }) => {
    session.user = 'ann'
    return session.id
  },
  '/read': ({ session }) => ({ ...session }),
  '/destroy': ({ session }) => session.destroy('logout'),
  '/destroy-quietly': ({ session }) => session.destroy(),
})

/** The one event after the first, which is that of the creation. */
const second = (events: [string, SessionEvent][]): [string, object] => {
  const [name, { ctx, ...details }] = events[1]!
  return [name, { path: ctx.path, ...details }]
}

const begin = async (t: Loose, options: object = {}) => {
  const store = new WatchedStore()
  const server = await serve(t, app, { store, ...options })
  const browser = server.visitor()
  const answer = await browser.get('/write', { 'User-Agent': 'one' })
  return { ...server, store, browser, id: answer.text, token: tokenIn(answer)! }
}

test('session:created tells the id', async (t) => {
  const { events, id } = await begin(t)
  t.is(events.length, 1)
  t.like(events[0], ['created', { id }])
  t.is(events[0]![1].ctx.path, '/write')
})

test('session:destroyed tells the id and the reason', async (t) => {
  const { events, id, browser } = await begin(t)
  await browser.get('/destroy')
  t.deepEqual(second(events), ['destroyed', { path: '/destroy', id, reason: 'logout' }])
})

test('session:destroyed without a reason tells none', async (t) => {
  const { events, id, browser } = await begin(t)
  await browser.get('/destroy-quietly')
  t.deepEqual(second(events), ['destroyed', { path: '/destroy-quietly', id }])
})

test('session:destroyed tells of a check that ended the session', async (t) => {
  const { events, id, browser } = await begin(t, { verifyUserAgent: true })
  await browser.get('/read', { 'User-Agent': 'other' })
  t.deepEqual(second(events), ['destroyed', { path: '/read', id, reason: 'user agent mismatch' }])
})

test('session:expired tells the id', async (t) => {
  const { events, id, browser, clock } = await begin(t)
  clock.advance('3h')
  await browser.get('/read')
  t.deepEqual(second(events), ['expired', { path: '/read', id }])
})

test('session:missed tells the id of a token that stands for nothing', async (t) => {
  const { events, url } = await begin(t)
  await visitor(url).get('/read', { Cookie: `sid=${'A'.repeat(43)}` })
  const [name, details] = second(events)
  t.is(name, 'missed')
  t.regex((details as { id: string }).id, /^[\w-]{43}$/)
})

test('session:missed tells of a session that was ended', async (t) => {
  const { events, id, browser, url, token } = await begin(t)
  await browser.get('/destroy')
  await visitor(url).get('/read', { Cookie: `sid=${token}` })
  t.like(events[2], ['missed', { id }])
})

test('session:invalid tells of what cannot be a token, without any id', async (t) => {
  const { events, url } = await begin(t)
  await visitor(url).get('/read', { Cookie: 'sid=garbage' })
  t.deepEqual(second(events), ['invalid', { path: '/read', id: undefined }])
})

for (const onMismatch of ['observe', 'refuse']) {
  test(`session:invalid tells of a check that is to ${onMismatch}, with the id and the reason`, async (t) => {
    const { events, id, browser } = await begin(t, { verifyUserAgent: { onMismatch } })
    await browser.get('/read', { 'User-Agent': 'other' })
    t.deepEqual(second(events), ['invalid', { path: '/read', id, reason: 'user agent mismatch' }])
  })
}

test('session:conflict tells the names of the keys that two requests changed', async (t) => {
  const server = await serve(
    t,
    routes({
      '/write': ({ session }) => {
        session.count = 1
        return session.id
      },
      '/other': ({ session }) => (session.count = 'secret'),
      '/': async (ctx) => {
        ctx['session'].count = 'mine'
        await visitor(server.url).get('/other', { Cookie: ctx.get('Cookie') })
      },
    }),
  )
  const browser = server.visitor()
  const id = (await browser.get('/write')).text
  await browser.get('/')
  t.deepEqual(second(server.events), ['conflict', { path: '/', id, keys: ['count'] }])
})

test('session:conflict tells of changes that were dropped since the session had ended', async (t) => {
  const server = await serve(
    t,
    routes({
      '/write': ({ session }) => {
        session.count = 1
        return session.id
      },
      '/end': ({ session }) => session.destroy('logout'),
      '/': async (ctx) => {
        ctx['session'].count = 'mine'
        await visitor(server.url).get('/end', { Cookie: ctx.get('Cookie') })
      },
    }),
  )
  const browser = server.visitor()
  const id = (await browser.get('/write')).text
  const { cookies } = await browser.get('/')
  t.deepEqual(cookies, [])
  const [name, { ctx, ...details }] = server.events[2]!
  t.deepEqual([name, ctx.path, details], ['conflict', '/', { id, keys: ['count'], reason: 'logout' }])
})

test('session:corrupt tells the id and the reason', async (t) => {
  const { events, id, browser, store } = await begin(t)
  store.inner.set(id, 'garbage', 9e15, 'present')
  await browser.get('/read')
  const [name, details] = second(events)
  t.is(name, 'corrupt')
  t.like(details, { path: '/read', id })
  t.is(typeof (details as { reason: unknown }).reason, 'string')
})

test('no event shows a token', async (t) => {
  const { events, browser, url, clock, token, store, id } = await begin(t)
  await visitor(url).get('/read', { Cookie: `sid=${token}; sid=${'A'.repeat(43)}` })
  clock.advance('3h')
  await browser.get('/read')
  store.inner.set(id, 'garbage', 9e15, 'present')
  await browser.get('/read')
  t.true(events.length >= 3)
  for (const [, { ctx: _, ...details }] of events) {
    const shown = inspect(details, { depth: 9, showHidden: true })
    t.false(shown.includes(token) || shown.includes('A'.repeat(43)))
  }
})

test('a listener that throws does not disturb the request, and is reported', async (t) => {
  const { visitor, errors } = await serve(t, app, {}, (koa) => {
    for (const name of ['created', 'destroyed', 'invalid']) {
      koa.on(`session:${name}`, () => {
        throw new Error(`listener of ${name}`)
      })
    }
  })
  const browser = visitor()
  t.is((await browser.get('/write')).status, 200)
  t.deepEqual((await browser.get('/read')).body, { user: 'ann' })
  t.is(tokenIn(await browser.get('/destroy')), '')
  t.is((await visitor().get('/read', { Cookie: 'sid=garbage' })).status, 200)
  t.deepEqual(errors.map(String), [
    'Error: listener of created',
    'Error: listener of destroyed',
    'Error: listener of invalid',
  ])
})

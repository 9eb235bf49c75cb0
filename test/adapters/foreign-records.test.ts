import test from 'ava'
import { type ExpressStore, fromExpressStore, fromKoaStore, type KoaStore } from '../../src/adapters/index.ts'
import { MemoryStore, type Store } from '../../src/index.ts'
import { routes, tokenIn } from '../helpers/paths.ts'
import { serve } from '../helpers/serve.ts'

type Records = Map<string, unknown>

const EXPRESS = { cookie: { originalMaxAge: null, expires: null, httpOnly: true, path: '/' }, user: 'eve' }
const KOA = { user: 'eve', _expire: Date.now() + 3_600_000, _maxAge: 3_600_000 }

/** A store of others, the record under our key that is not for it, and what is said of that record. */
const CASES: Record<string, [open: (records: Records) => Store, record: unknown, looks: string]> = {
  'a record of express-session in a store for koa-session': [
    (records) => fromKoaStore(koa(records)),
    EXPRESS,
    'a record of express-session',
  ],
  'a record of express-session in a store for koa-generic-session': [
    (records) => fromKoaStore(koa(records), { format: 'koa-generic-session' }),
    EXPRESS,
    'a record of express-session',
  ],
  'a record of koa-session in a store for express-session': [
    (records) => fromExpressStore(express(records)),
    KOA,
    'a record of koa-session',
  ],
}

const koa = (records: Records): KoaStore => ({
  get: (key) => records.get(key),
  set: (key, record) => void records.set(key, record),
  destroy: (key) => void records.delete(key),
})

const express = (records: Records): ExpressStore =>
  ({
    get: (sid: string, done: (error: unknown, record?: unknown) => void) => done(null, records.get(sid)),
    set: (sid: string, record: unknown, done: () => void) => {
      records.set(sid, record)
      done()
    },
    destroy: (sid: string, done: () => void) => {
      records.delete(sid)
      done()
    },
  }) as ExpressStore

for (const [what, [open, record, looks]] of Object.entries(CASES)) {
  test(`${what} is no session for the visitor, and the event says what it looks like`, async (t) => {
    const records: Records = new Map()
    const handler = routes({
      '/write': ({ session }) => void (session.user = 'ann'),
      '/read': ({ session }) => ({ ...session, isNew: session.isNew }),
    })
    const { visitor, events, errors } = await serve(t, handler, { store: open(records), clock: Date.now })
    const browser = visitor()
    const token = tokenIn(await browser.get('/write'))
    for (const key of records.keys()) records.set(key, record)
    t.like(await browser.get('/read'), { status: 200, body: { isNew: true }, cookies: [] })
    const corrupt = events.filter(([name]) => name === 'corrupt')
    t.is(corrupt.length, 1)
    t.true(corrupt[0]![1].reason?.includes(`found ${looks}`), corrupt[0]![1].reason)
    t.deepEqual(errors, [])
    t.not(tokenIn(await browser.get('/write')), token, 'and what is written begins a session of its own')
    t.deepEqual((await browser.get('/read')).body, { user: 'ann', isNew: false })
  })
}

test('a record of express-session in a store of ours is no session for the visitor, and reported', async (t) => {
  const store = new MemoryStore()
  const handler = routes({ '/read': ({ session }) => ({ ...session, isNew: session.isNew }) })
  const { visitor, events } = await serve(
    t,
    async (ctx, next) => {
      if (ctx.path === '/write') ctx['session'].user = 'ann'
      await handler(ctx, next)
    },
    { store, clock: Date.now },
  )
  const browser = visitor()
  await browser.get('/write')
  const { id } = events[0]![1]
  store.set(id!, JSON.stringify(EXPRESS), Date.now() + 3_600_000, 'present')
  t.like(await browser.get('/read'), { status: 200, body: { isNew: true } })
  t.true(events.some(([name]) => name === 'corrupt'))
})

import { EventEmitter } from 'node:events'
import test from 'ava'
import Koa from 'koa'
import {
  CorruptRecordError,
  MemoryStore,
  session,
  SessionConfigError,
  StoreUnavailableError,
  UnsupportedError,
} from '../../src/index.ts'
import {
  decodeRecord,
  expressSession,
  type ExpressStore,
  fromExpressStore,
  fromKoaStore,
  type KoaStore,
} from '../../src/adapters/index.ts'
import { formatTombstone } from '../../src/record.ts'
import { routes } from '../helpers/paths.ts'
import { serve } from '../helpers/serve.ts'
import { content, HOUR, put, take } from './content.ts'

type Done = (error?: unknown, value?: unknown) => void
type Session = Record<string, unknown>

/** A store for Express with flaws; `sessions` is what it holds. */
function flawed(sessions: Map<string, unknown>, flaws: object = {}): ExpressStore {
  return {
    get: (sid: string, done: Done) => done(null, sessions.get(sid)),
    set: (sid: string, session: Session, done: Done) => {
      sessions.set(sid, JSON.parse(JSON.stringify(session)))
      done()
    },
    destroy: (sid: string, done: Done) => {
      sessions.delete(sid)
      done()
    },
    ...flaws,
  } as ExpressStore
}

const koa = (sessions: Map<string, unknown>): KoaStore => ({
  get: (key) => sessions.get(key),
  set: (key, session) => void sessions.set(key, session),
  destroy: (key) => void sessions.delete(key),
})

test('a callback that comes twice counts once', async (t) => {
  const sessions = new Map<string, unknown>()
  const twice = flawed(sessions, {
    get(sid: string, done: Done) {
      done(null, sessions.get(sid))
      done(new Error('again'))
    },
  })
  const store = fromExpressStore(twice)
  await put(store, 'id')
  t.is((await take(store, 'id'))?.data['user'], 'ann')
})

test('a callback that never comes is an error in time', async (t) => {
  let silent = false
  const store = fromExpressStore(
    flawed(new Map(), { destroy: (_: string, done: Done) => (silent ? undefined : done()) }),
    { timeout: 30 },
  )
  await put(store, 'id')
  silent = true
  const error = await t.throwsAsync<StoreUnavailableError>(async () => store.delete('id'), {
    instanceOf: StoreUnavailableError,
    message: 'The store did not answer destroy in 30 ms.',
  })
  t.is(error?.outcome, 'unknown')
})

test('stores that promise instead of calling back are waited for', async (t) => {
  const sessions = new Map<string, unknown>()
  const promising = {
    get: async (sid: string) => sessions.get(sid),
    set: async (sid: string, session: Session) => void sessions.set(sid, { ...session }),
    destroy: async (sid: string) => void sessions.delete(sid),
  }
  const store = fromExpressStore(promising)
  await put(store, 'id')
  t.is((await take(store, 'id'))?.data['user'], 'ann')
  t.true(await store.delete('id'))
})

test('a store that promises nothing and calls back later is not taken for a miss', async (t) => {
  const sessions = new Map<string, unknown>()
  const both = flawed(sessions, {
    async get(sid: string, done: Done) {
      setImmediate(() => done(null, sessions.get(sid)))
    },
  })
  const store = fromExpressStore(both)
  await put(store, 'id')
  t.is((await take(store, 'id'))?.data['user'], 'ann')
})

test('what a store throws, calls back with or rejects with is the cause of a StoreUnavailableError', async (t) => {
  const down = new Error('down')
  const ways = [
    () => {
      throw down
    },
    (_: string, done: Done) => done(down),
    () => Promise.reject(down),
  ]
  for (const get of ways) {
    const store = fromExpressStore(flawed(new Map(), { get }))
    const error = await t.throwsAsync(async () => store.get('id'), { instanceOf: StoreUnavailableError })
    t.is(error?.cause, down)
  }
})

test('no file is no session', async (t) => {
  const get = (_: string, done: Done) => done(Object.assign(new Error('none'), { code: 'ENOENT' }))
  const sessions = new Map<string, unknown>()
  const works = flawed(sessions)
  let missing = false
  const store = fromExpressStore(
    flawed(sessions, { get: (sid: string, done: Done) => (missing ? get(sid, done) : works.get(sid, done)) }),
  )
  await store.verify()
  missing = true
  t.is(await store.get('id'), undefined)
})

test('what stores inject is removed, and keys with a meaning of their own come back as they were', async (t) => {
  const sessions = new Map<string, unknown>()
  const injecting = flawed(sessions, {
    set(sid: string, session: Session, done: Done) {
      session['__lastAccess'] = Date.now()
      session['lastModified'] = new Date()
      sessions.set(sid, structuredClone(JSON.parse(JSON.stringify(session))))
      done(null, session)
    },
  })
  const store = fromExpressStore(injecting)
  const data = JSON.parse(
    '{"cookie":1,"id":2,"lastModified":3,"save":4,"__proto__":5,"user":"ann"}',
  ) as Session
  await put(store, 'id', { ...content(), data, deadlines: {} })
  t.deepEqual((await take(store, 'id'))?.data, data)
  t.deepEqual(Object.keys(sessions.get('id') as object).toSorted(), [
    '__lastAccess',
    'cookie',
    'koa-session-pipeline',
    'lastModified',
    'user',
  ])
})

test('stores of every age can be made without express-session', (t) => {
  function Old(this: EventEmitter) {
    Reflect.apply(expressSession.Store as never, this, [{}])
  }
  Object.setPrototypeOf(Old.prototype, expressSession.Store.prototype as object)
  class Young extends expressSession.Store {}
  for (const store of [new (Old as unknown as new () => EventEmitter)(), new Young()]) {
    t.true(store instanceof EventEmitter)
    let heard = 0
    store.on('connect', () => (heard += 1))
    store.emit('connect')
    t.is(heard, 1)
  }
})

test('an event error of the store does not end the process, and can be heard', (t) => {
  const heard: unknown[] = []
  const stores = [{}, { onError: (error: unknown) => heard.push(error) }].map((options) => {
    const store = Object.assign(new EventEmitter(), flawed(new Map()))
    fromExpressStore(store, options)
    return store
  })
  for (const store of stores) store.emit('error', 'lost')
  t.deepEqual(heard, ['lost'])
})

test('text that cannot be taken apart is kept whole', async (t) => {
  const store = fromKoaStore(koa(new Map()))
  for (const [n, text] of [formatTombstone({ endedAt: 1, moved: true }), 'data', '1s 2 1 1\nx\n'].entries()) {
    await store.set(`id-${n}`, text, Date.now() + HOUR, 'absent')
    t.is((await store.get(`id-${n}`))?.data, text)
  }
})

const FOREIGN: Readonly<Record<string, [record: unknown, express: boolean, koa: boolean]>> = {
  'a value of type Array': [[1], false, false],
  'a value of type String': ['text', false, false],
  'a value of type Number': [5, false, false],
  'an object of another program': [{ user: 'ann' }, false, false],
  'a record of koa-session': [{ user: 'ann', _expire: Date.now() + HOUR, _maxAge: HOUR }, false, true],
  'a record of express-session': [{ cookie: { originalMaxAge: null, expires: null } }, true, false],
  'a record of koa-generic-session': [{ cookie: { maxAge: 1_000 } }, false, false],
}

for (const [looks, [record, express, koaToo]] of Object.entries(FOREIGN)) {
  for (const [name, open, fits] of [
    ['fromExpressStore', (all: Map<string, unknown>) => fromExpressStore(flawed(all)), express],
    ['fromKoaStore', (all: Map<string, unknown>) => fromKoaStore(koa(all)), koaToo],
  ] as const) {
    test(`${name}: ${looks} is ${fits ? 'read' : 'refused by name, and is no session'}`, async (t) => {
      const sessions = new Map<string, unknown>([['id', record]])
      const store = open(sessions)
      if (fits) t.truthy(decodeRecord((await store.get('id'))!.data))
      else
        await t.throwsAsync(async () => store.get('id'), {
          instanceOf: CorruptRecordError,
          message: RegExp(`found ${looks}`),
        })
      t.true(await store.delete('id'))
    })
  }
}

test('a record of another program is no session for the visitor, and reported', async (t) => {
  const sessions = new Map<string, unknown>()
  const handler = routes({
    '/write': ({ session }) => void (session.user = 'ann'),
    '/read': ({ session }) => ({ ...session, isNew: session.isNew }),
  })
  const { visitor, events } = await serve(t, handler, { store: fromKoaStore(koa(sessions)), clock: Date.now })
  const browser = visitor()
  await browser.get('/write')
  for (const key of sessions.keys()) sessions.set(key, { user: 'eve' })
  t.like(await browser.get('/read'), { status: 200, body: { isNew: true } })
  t.true(events.some(([name]) => name === 'corrupt'))
})

test('a store that drops what it is given is an error at start', async (t) => {
  const silent = flawed(new Map(), { set: (_: string, __: Session, done: Done) => done() })
  await t.throwsAsync(fromExpressStore(silent).verify(), {
    instanceOf: StoreUnavailableError,
    message: /Expected/,
  })
})

test('capabilities say what the store was said to do, and never that it is atomic', async (t) => {
  const store = fromExpressStore(flawed(new Map()), { shared: true, durable: true, expires: true })
  t.deepEqual(store.capabilities, { atomic: false, shared: true, durable: true, expires: true, lock: false })
  t.throws(() => session(new Koa(), { store, concurrency: 'merge' }), { instanceOf: SessionConfigError })
  const { visitor, errors } = await serve(t, ({ session }) => session.update(() => {}), {
    store,
    clock: Date.now,
  })
  t.is((await visitor().get('/')).status, 500)
  t.true(errors[0] instanceof UnsupportedError)
})

for (const [name, given, message] of [
  ['no store', undefined, /to be an object with get, set, destroy, got Undefined/],
  ['a class', EventEmitter, /is a new or a call missing/],
  ['a promise', Promise.resolve(), /is an await missing/],
  ['a store of ours', new MemoryStore(), /a store of this package/],
  ['a Map', new Map(), /got one without destroy/],
] as const) {
  test(`refused at start: ${name}`, (t) => {
    for (const adapt of [fromExpressStore, fromKoaStore])
      t.throws(() => adapt(given as never), { instanceOf: SessionConfigError, message })
  })
}

test('refused at start: a store for Express as one for Koa, and wrong options', (t) => {
  const express = Object.assign(new expressSession.Store(), flawed(new Map()))
  const refused = (act: () => unknown, message: RegExp): unknown =>
    t.throws(act, { instanceOf: SessionConfigError, message })
  refused(() => fromKoaStore(express), /use fromExpressStore/)
  refused(() => fromExpressStore(express, { timout: 5 } as never), /Did you mean 'fromExpressStore.timeout'/)
  refused(() => fromExpressStore(express, { timeout: 'soon' as never }), /timeout of fromExpressStore/)
  refused(() => fromExpressStore(express, { shared: 1 as never }), /shared of fromExpressStore/)
  refused(() => fromExpressStore(express, { onError: 1 as never }), /onError of fromExpressStore/)
  refused(() => fromKoaStore(koa(new Map()), { format: 'koa-session2' as never }), /format of fromKoaStore/)
})

test('a session without an end has no lifetime in the store', async (t) => {
  const seen: unknown[] = []
  const store = fromKoaStore({ ...koa(new Map()), set: (_key, _session, maxAge) => void seen.push(maxAge) })
  await t.throwsAsync(store.verify())
  const kept = new Map<string, unknown>()
  const watched = fromKoaStore({
    ...koa(kept),
    set(key, session, maxAge) {
      seen.push(maxAge)
      kept.set(key, session)
    },
  })
  await watched.set('id', 'data', 253_402_300_799_999, 'absent')
  t.is(seen.at(-1), undefined)
  t.is((await watched.get('id'))?.expiresAt, 253_402_300_799_999)
  await watched.set('other', 'data', Date.now() - 2 * HOUR, 'absent')
  t.false(kept.has('other'), 'what ended long ago is not kept for ever')
})

import test, { type ExecutionContext } from 'ava'
import { type Loose, routes } from '../helpers/paths.ts'
import { serve } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

/** Runs `act` with a stored session in a request of its own, then tells what is stored. */
async function within(t: ExecutionContext, act: (session: Loose, ctx: Loose) => unknown) {
  const store = new WatchedStore()
  const server = await serve(
    t,
    routes({
      '/write': ({ session }) => Object.assign(session, { user: 'ann', cart: { items: ['tea'] } }),
      '/': async (ctx) => void (await act(ctx['session'], ctx)),
      '/read': ({ session }) => ({ ...session }),
    }),
    { store },
  )
  const browser = server.visitor()
  await browser.get('/write')
  store.forget()
  const { status } = await browser.get('/')
  t.deepEqual([status, server.errors], [200, []])
  const { writes } = store
  return { writes: [...writes], stored: (await browser.get('/read')).body }
}

const DATA = { user: 'ann', cart: { items: ['tea'] } }

test('what looks at objects sees the data: copies, lists, JSON, rest', async (t) => {
  const { writes } = await within(t, (session) => {
    t.deepEqual({ ...session }, DATA)
    t.deepEqual(Object.assign({}, session), DATA)
    t.deepEqual(Object.entries(session), Object.entries(DATA))
    t.deepEqual(Object.values(session), Object.values(DATA))
    t.deepEqual(Object.getOwnPropertyNames(session), ['user', 'cart'])
    t.deepEqual(Reflect.ownKeys(session), ['user', 'cart'])
    t.is(JSON.stringify({ session }), JSON.stringify({ session: DATA }))
    const { user, ...rest } = session
    t.deepEqual([user, rest], ['ann', { cart: DATA.cart }])
    t.deepEqual(structuredClone({ ...session }), DATA)
    t.deepEqual(Object.getOwnPropertyDescriptor(session, 'user'), {
      value: 'ann',
      writable: true,
      enumerable: true,
      configurable: true,
    })
  })
  t.deepEqual(writes, [])
})

test('structuredClone of the session itself is refused by the platform', async (t) => {
  await within(t, (session) => {
    t.throws(() => structuredClone(session), { any: true, name: 'DataCloneError' })
  })
})

test('a test for a key finds data, members and what every object has', async (t) => {
  const { writes } = await within(t, (session) => {
    for (const name of ['user', 'id', 'destroy', 'flash', 'toString']) t.true(name in session, name)
    for (const name of ['nothing', '', 'annotations', 'token']) t.false(name in session, name)
    for (const name of ['user', 'cart']) t.true(Object.hasOwn(session, name), name)
    for (const name of ['id', 'destroy', 'toString']) t.false(Object.hasOwn(session, name), name)
  })
  t.deepEqual(writes, [])
})

test('the value that is read is the one that was assigned, and the same each time', async (t) => {
  await within(t, (session) => {
    const value = { deep: [1] }
    session.value = value
    t.is(session.value, value)
    t.is(session.cart, session.cart)
    t.is({ ...session }.cart, session.cart)
  })
})

test('deleting works as on any object, and what is not there is no change', async (t) => {
  const { stored } = await within(t, (session) => {
    t.true(delete session.user)
    t.false('user' in session)
    t.is(session.user, undefined)
    t.true(delete session.user)
    t.true(Reflect.deleteProperty(session, 'nothing'))
  })
  t.deepEqual(stored, { cart: DATA.cart })
  const { writes } = await within(t, (session) => delete session.nothing)
  t.deepEqual(writes, [])
})

test('deleting a member changes nothing', async (t) => {
  const { writes } = await within(t, (session) => {
    const { id } = session
    Reflect.deleteProperty(session, 'id')
    Reflect.deleteProperty(session, 'destroy')
    t.is(session.id, id)
    t.is(typeof session.destroy, 'function')
  })
  t.deepEqual(writes, [])
})

const REFUSED: Record<string, (object: object) => unknown> = {
  'Object.freeze': Object.freeze,
  'Object.seal': Object.seal,
  'Object.preventExtensions': Object.preventExtensions,
  'Object.setPrototypeOf': (object) => Object.setPrototypeOf(object, {}),
  'a getter': (object) => Object.defineProperty(object, 'user', { get: () => 'bob' }),
  'a setter': (object) => Object.defineProperty(object, 'user', { set: () => undefined }),
  'a getter of the old kind': (object) =>
    (object as Loose).__defineGetter__.call(object, 'user', () => 'bob'),
  'a hidden property': (object) => Object.defineProperty(object, 'user', { value: 1, enumerable: false }),
  'a read-only property': (object) => Object.defineProperty(object, 'user', { value: 1, writable: false }),
  'a property that cannot be configured': (object) =>
    Object.defineProperty(object, 'user', { value: 1, configurable: false }),
}

for (const [what, act] of Object.entries(REFUSED)) {
  test(`${what} is a TypeError, on the session, its flash and the data of update`, async (t) => {
    const { stored } = await within(t, async (session) => {
      t.throws(() => act(session), { instanceOf: TypeError })
      t.throws(() => act(session.flash), { instanceOf: TypeError })
      await session.update((data: object) => {
        t.throws(() => act(data), { instanceOf: TypeError })
      })
      t.true(Object.isExtensible(session))
      t.false(Object.isFrozen(session) || Object.isSealed(session))
      session.after = 'fine'
    })
    t.deepEqual(stored, { ...DATA, after: 'fine' })
  })
}

test('a plain property can be defined, and its own prototype set', async (t) => {
  const { stored } = await within(t, (session) => {
    Object.defineProperty(session, 'lang', { value: 'de' })
    Object.defineProperty(session, 'user', {
      value: 'bob',
      writable: true,
      enumerable: true,
      configurable: true,
    })
    Object.setPrototypeOf(session, Object.getPrototypeOf(session))
  })
  t.deepEqual(stored, { ...DATA, user: 'bob', lang: 'de' })
})

test('an assignment of a symbol stays in the request', async (t) => {
  const mark = Symbol('mark')
  const { writes, stored } = await within(t, (session, ctx) => {
    session[mark] = { seen: true }
    t.deepEqual(ctx.session[mark], { seen: true })
    t.true(mark in session)
    t.deepEqual(Object.keys(session), ['user', 'cart'])
    Object.defineProperty(session, Symbol.for('other'), { value: 1 })
    delete session[mark]
    t.false(mark in session)
    session[mark] = 1
  })
  t.deepEqual([writes, stored], [[], DATA])
})

test('an assignment of a symbol begins no session', async (t) => {
  const store = new WatchedStore()
  const { visitor } = await serve(t, ({ session }: Loose) => void (session[Symbol('mark')] = 1), { store })
  const { cookies } = await visitor().get('/')
  t.deepEqual([cookies, store.calls], [[], []])
})

test('through an object that inherits from it a session can be read, and what is written stays there', async (t) => {
  const { writes, stored } = await within(t, (session) => {
    const view = Object.create(session)
    t.deepEqual([view.user, view.id, view.isNew], ['ann', session.id, false])
    t.is(typeof view.destroy, 'function')
    view.user = 'bob'
    view.page = 7
    t.deepEqual({ ...view }, { user: 'bob', page: 7 })
    t.deepEqual({ ...session }, DATA)
    delete view.user
    t.is(view.user, 'ann')
  })
  t.deepEqual([writes, stored], [[], DATA])
})

test('a verb that is called through an object that inherits from it is that of the session', async (t) => {
  const { stored } = await within(t, async (session) => {
    const { id } = session
    await Object.create(session).changeId()
    t.not(session.id, id)
    const { save } = session
    session.user = 'bob'
    await save()
  })
  t.deepEqual(stored, { ...DATA, user: 'bob' })
})

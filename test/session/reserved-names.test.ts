import test, { type ExecutionContext } from 'ava'
import { RESERVED_NAMES } from '../../src/index.ts'
import { type Loose, routes } from '../helpers/paths.ts'
import { linesIn, plant } from '../helpers/records.ts'
import { serve } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

/** Those that the table of DESIGN §3 lets users set. */
const SETTABLE = new Set<string>([
  'absoluteTimeout',
  'boundAddress',
  'boundUserAgent',
  'cookieOptions',
  'flash',
  'idleTimeout',
  'lateStore',
  'noStore',
  'persistent',
])
const MEMBERS =
  'id isNew createdAt updatedAt expiresAt idleTimeout absoluteTimeout endReason destroy changeId regenerate save reload update touch expireKey flash keepFlash clearFlash boundAddress boundUserAgent noStore lateStore cookieOptions persistent'

/** Runs `use` on a new session and tells what it threw. */
const attempt = (use: (session: Loose) => void) =>
  routes({
    '/': ({ session }) => {
      try {
        use(session)
        return {}
      } catch (error) {
        return { name: (error as Error).name, message: (error as Error).message, data: { ...session } }
      }
    },
  })

test('the reserved names are the members of the session', (t) => {
  t.deepEqual(RESERVED_NAMES.toSorted(), MEMBERS.split(' ').toSorted())
})

for (const name of RESERVED_NAMES) {
  if (SETTABLE.has(name)) continue
  test(`assigning over ${name} is a TypeError that says the name is reserved`, async (t) => {
    const { visitor } = await serve(
      t,
      attempt((session) => (session[name] = 'mine')),
    )
    const { body } = await visitor().get('/')
    t.like(body, { name: 'TypeError', data: {} })
    t.regex((body as Error).message, new RegExp(`'${name}' is a reserved name`))
  })
}

test('replacing the data by some with a reserved key is a TypeError, and nothing is stored', async (t) => {
  const store = new WatchedStore()
  const { visitor, errors } = await serve(
    t,
    (ctx) => (ctx['session'] = { ok: 1, [ctx.path.slice(1)]: 'mine' }),
    {
      store,
    },
  )
  for (const name of RESERVED_NAMES) {
    t.is((await visitor().get(`/${name}`)).status, 500)
    t.regex(String(errors.pop()), new RegExp(`TypeError: '${name}' is a reserved name`))
  }
  t.deepEqual(store.calls, [])
})

const updating = ({ session }: Loose) => session.update((data: Loose) => (data.save = 1))

test('a reserved name is refused when update writes it, and nothing is stored', async (t) => {
  const store = new WatchedStore()
  const { visitor, errors } = await serve(t, updating, { store })
  t.is((await visitor().get('/')).status, 500)
  t.true(errors[0] instanceof TypeError)
  t.deepEqual(store.writes, [])
})

test('a reserved name has no deadline of its own', async (t) => {
  const { visitor } = await serve(
    t,
    attempt((session) => session.expireKey('destroy', '1m')),
  )
  t.like((await visitor().get('/')).body, { name: 'TypeError' })
})

/** A server whose one session has been stored by somebody who did not know the reserved names. */
const withStored = async (t: ExecutionContext, lines: readonly string[]) => {
  const store = new WatchedStore()
  const server = await serve(
    t,
    routes({
      '/write': ({ session }) => (session.user = 'ann'),
      '/read': ({ session }) => ({
        data: { ...session },
        id: session.id,
        verb: typeof session.destroy,
        polluted: ({} as { admin?: unknown }).admin,
        inherited: session.admin,
      }),
      '/change': ({ session }) => (session.user = 'bob'),
    }),
    { store },
  )
  const browser = server.visitor()
  await browser.get('/write')
  const id = server.events[0]![1].id!
  plant(store.inner, id, lines)
  store.forget()
  server.events.length = 0
  return { ...server, browser, id, store }
}

const FOREIGN = ['d"user":"ann"', 'd"id":"mine"', 'd"destroy":1', 'd"__proto__":{"admin":true}']

test('stored keys that bear reserved names are left out and shadow nothing', async (t) => {
  const { browser, id } = await withStored(t, FOREIGN)
  const { status, body } = await browser.get('/read')
  t.is(status, 200)
  t.deepEqual(body, { data: { user: 'ann' }, id, verb: 'function' })
})

test('stored keys that bear reserved names are reported by name', async (t) => {
  const { browser, events, id } = await withStored(t, FOREIGN)
  await browser.get('/read')
  t.is(events.length, 1)
  t.is(events[0]![0], 'corrupt')
  t.is(events[0]![1].id, id)
  t.deepEqual(events[0]![1].keys?.toSorted(), ['__proto__', 'destroy', 'id'])
})

test('leaving out a reserved name is no change of the session', async (t) => {
  const { browser, store } = await withStored(t, FOREIGN)
  await browser.get('/read')
  t.deepEqual(store.writes, [])
})

test('a change of other keys is saved beside them', async (t) => {
  const { browser, store, id } = await withStored(t, FOREIGN)
  await browser.get('/change')
  t.like((await browser.get('/read')).body, { data: { user: 'bob' } })
  t.deepEqual(linesIn(store.inner, id), ['d"user":"bob"', ...FOREIGN.slice(1)], 'carried over as they are')
})

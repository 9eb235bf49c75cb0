import test from 'ava'
import { type Loose, routes } from '../helpers/paths.ts'
import { serve } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'
import { codesOfWrites, UNAVAILABLE } from '../helpers/writes.ts'

const skip = (ctx: Loose): boolean => ctx.path.startsWith('/skipped')

const VERBS = ['destroy', 'changeId', 'regenerate', 'save', 'reload', 'update', 'touch']
const ASSIGNMENTS: Record<string, (ctx: Loose) => unknown> = {
  'a key': (ctx) => (ctx.session.user = 'ann'),
  'the data': (ctx) => (ctx.session = { user: 'ann' }),
  null: (ctx) => (ctx.session = null),
  'a message': (ctx) => (ctx.session.flash.notice = 'Saved'),
  'the flash': (ctx) => (ctx.session.flash = { notice: 'Saved' }),
  'a lifetime': (ctx) => (ctx.session.idleTimeout = '1h'),
  'a deadline': (ctx) => ctx.session.expireKey('user', '1h'),
  'a binding': (ctx) => (ctx.session.boundAddress = undefined),
  'no flash': (ctx) => ctx.session.clearFlash(),
  'whether the cookie stays': (ctx) => (ctx.session.persistent = true),
}

const app = routes({
  '/write': ({ session }) => (session.user = 'ann'),
  '/read': ({ session }) => ({ ...session }),
  '/skipped': ({ session }) => ({
    data: { ...session },
    flash: { ...session.flash },
    codes: codesOfWrites(session),
    flashCodes: codesOfWrites(session.flash),
    isNew: session.isNew,
    id: typeof session.id,
    expiresAt: String(session.expiresAt),
  }),
  '/skipped-verbs': ({ session }) =>
    Promise.all(
      VERBS.map((verb) =>
        session[verb](verb === 'update' ? () => 1 : undefined).catch((error: Loose) => error.code),
      ),
    ),
})

const NOTHING = {
  data: {},
  flash: {},
  codes: UNAVAILABLE,
  flashCodes: UNAVAILABLE,
  isNew: true,
  id: 'string',
  expiresAt: 'undefined',
}

test('a request that is skipped has an empty session that refuses writes, and costs nothing', async (t) => {
  const store = new WatchedStore()
  const { visitor, events } = await serve(t, app, { store, skip })
  const browser = visitor()
  await browser.get('/write')
  store.forget()
  events.length = 0
  const { body, cookies, headers } = await browser.get('/skipped')
  t.deepEqual(body, NOTHING)
  t.deepEqual([cookies, headers['vary'], headers['cache-control']], [[], undefined, undefined])
  t.deepEqual([store.calls, events], [[], []])
  t.deepEqual((await browser.get('/read')).body, { user: 'ann' })
})

test('the storing verbs of a request that is skipped reject', async (t) => {
  const { visitor } = await serve(t, app, { skip })
  const { body } = await visitor().get('/skipped-verbs')
  t.deepEqual(
    body,
    VERBS.map(() => 'ERR_SESSION_UNAVAILABLE'),
  )
})

for (const [what, assign] of Object.entries(ASSIGNMENTS)) {
  test(`assigning ${what} in a request that is skipped is an error`, async (t) => {
    const store = new WatchedStore()
    const { visitor, errors } = await serve(t, (ctx) => assign(ctx), { skip: () => true, store })
    t.is((await visitor().get('/')).status, 500)
    t.like(errors[0], { code: 'ERR_SESSION_UNAVAILABLE' })
    t.deepEqual(store.calls, [])
  })
}

test('a skip that throws fails the request', async (t) => {
  const { visitor, errors } = await serve(t, app, {
    skip: () => {
      throw new Error('no')
    },
  })
  t.is((await visitor().get('/read')).status, 500)
  t.is(String(errors[0]), 'Error: no')
})

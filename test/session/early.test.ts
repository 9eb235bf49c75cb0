import test from 'ava'
import { stage } from '../../src/index.ts'
import { type Loose, routes } from '../helpers/paths.ts'
import { serve } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

const app = routes({
  '/write': ({ session }) => (session.user = 'ann'),
  '/read': ({ session }) => ({ ...session }),
})

/** What a stage outside of `persist` is told when it uses the session before that has loaded. */
const early = (use: (session: Loose, ctx: Loose) => unknown) => {
  const told: { error?: Loose; result?: unknown } = {}
  const hook = stage('app:early', async function* (ctx, session) {
    try {
      told.result = await use(session, ctx)
    } catch (error) {
      told.error = error
    }
    yield
  })
  return { told, options: { stages: (defaults: Loose) => defaults.before('persist', hook) } }
}

const WRITES: Record<string, (session: Loose, ctx: Loose) => unknown> = {
  'setting a key': ({ data }) => (data.user = 'ann'),
  'deleting a key': ({ data }) => delete data.user,
  'defining a key': ({ data }) => Object.defineProperty(data, 'user', { value: 'ann' }),
  'setting a key by ctx.session': (_, ctx) => (ctx.session.user = 'ann'),
  'replacing the data': (_, ctx) => (ctx.session = { user: 'ann' }),
  'ctx.session = null': (_, ctx) => (ctx.session = null),
  'setting the flash': (session) => (session.flash = { notice: 'Saved' }),
  'setting a message': (session) => (session.flash.notice = 'Saved'),
  'clearing the flash': (session) => session.clearFlash(),
  'setting an annotation': (session) => (session.annotations.audit = 1),
  'setting whether the cookie stays': (session) => (session.persistent = true),
  'setting a lifetime': (session) => (session.idleTimeout = '1h'),
  'setting a deadline': (session) => session.expireKey('user', '1h'),
  'letting an address go': (session) => (session.boundAddress = undefined),
  extending: (session) => session.extend(),
  saving: (session) => session.save(),
  touching: (session) => session.touch(),
  updating: (session) => session.update(() => undefined),
  reloading: (session) => session.reload(),
  'changing the id': (session) => session.changeId(),
  regenerating: (session) => session.regenerate(),
  destroying: (session) => session.destroy(),
}

for (const [what, use] of Object.entries(WRITES)) {
  test(`${what} before the session is loaded is an error`, async (t) => {
    const { told, options } = early(use)
    const store = new WatchedStore()
    const { visitor } = await serve(t, (ctx) => (ctx.body = { ...ctx['session'] }), { store, ...options })
    const { status, body } = await visitor().get('/')
    t.is(told.error?.code, 'ERR_SESSION_NOT_LOADED')
    t.deepEqual([status, body, store.calls], [200, {}, []])
  })
}

test('looking before the session is loaded shows nothing', async (t) => {
  const { told, options } = early((session) => ({
    keys: Object.keys(session.data),
    user: String(session.data.user),
    flash: { ...session.flash },
    stored: session.stored,
  }))
  const browser = (await serve(t, app, options)).visitor()
  await browser.get('/write')
  await browser.get('/read')
  t.deepEqual(told.result, { keys: [], user: 'undefined', flash: {}, stored: false })
})

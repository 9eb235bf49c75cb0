import { inspect } from 'node:util'
import test from 'ava'
import type { Middleware } from 'koa'
import {
  MemoryStore,
  SealedStore,
  type SealedStoreContract,
  type Session,
  session,
  stage,
} from '../../src/index.ts'
import { tokenToId } from '../../src/token.ts'
import Koa from '../helpers/koa.ts'
import { type Loose, routes, tokenIn } from '../helpers/paths.ts'
import { listen, visitor } from '../helpers/serve.ts'

const handler = routes({
  '/write': (ctx) => {
    ctx['session'].user = 'ann'
    ctx['admin'].role = 'root'
    ctx['auditor'].audits = true
  },
  '/touch': (ctx) => ctx['admin'].touch(),
  '/change-id': (ctx) => ctx['admin'].changeId(),
  '/read': ({ session, admin, auditor }: Loose) => ({ session, admin, auditor }),
  '/ids': ({ session, admin }: Loose) => [session.id, admin.id],
})

/** Keeps its tokens in a table: what they hold is for nobody to see. */
function foreignSeal(): SealedStoreContract {
  const sealed = new Map<string, { id: string; data: string; expiresAt: number; version: string }>()
  return {
    seal(id, data, expiresAt) {
      const token = `seal${sealed.size}-of-forty-three-characters-or-a-few-more`
      sealed.set(token, { id, data, expiresAt, version: token })
      return token
    },
    open: (token) => sealed.get(token),
  }
}

const STORES = {
  'a store': new MemoryStore(),
  'a sealed store': new SealedStore({ keys: ['k'.repeat(32)] }),
  'a sealed store of one’s own': foreignSeal(),
}
const NAMES = { session: 'sid', admin: 'admin.sid', auditor: 'auditor.sid' }

for (const [what, store] of Object.entries(STORES)) {
  test(`on ${what} the token of one instance is none of another one's`, async (t) => {
    const app = new Koa()
    const versions: (string | undefined)[] = []
    const seen: Session[] = []
    const watch = stage('watch', function* (_ctx, one) {
      seen.push(one)
    })
    for (const as of Object.keys(NAMES))
      app.use(session(app, { store, as, stages: (all) => all.after('persist', watch) }) as Middleware)
    app.use(handler as Middleware)
    const url = await listen(t, app)
    const answer = await visitor(url).get('/write')
    const tokens = Object.values(NAMES).map((cookie) => tokenIn(answer, cookie)!)
    const [user, admin, auditor] = tokens
    const read = async (Cookie: string): Promise<unknown> =>
      (await visitor(url).get('/read', { Cookie })).body
    t.deepEqual(await read(`sid=${user}; admin.sid=${admin}; auditor.sid=${auditor}`), {
      session: { user: 'ann' },
      admin: { role: 'root' },
      auditor: { audits: true },
    })
    const none = { session: {}, admin: {}, auditor: {} }
    t.deepEqual(await read(`sid=${admin}; admin.sid=${user}; auditor.sid=${admin}`), none)
    t.deepEqual(await read(`sid=${auditor}; admin.sid=${auditor}; auditor.sid=${user}`), none)
    for (const one of seen) versions.push(inspect(one, { depth: 9, showHidden: true, customInspect: false }))
    for (const token of tokens) t.false(versions.join(' ').includes(token))
  })

  test(`on ${what} the session of an instance with a name goes on and moves as any other`, async (t) => {
    const app = new Koa()
    for (const as of Object.keys(NAMES)) app.use(session(app, { store, as }) as Middleware)
    app.use(handler as Middleware)
    const browser = visitor(await listen(t, app))
    await browser.get('/write')
    const [, before] = (await browser.get('/ids')).body as string[]
    await browser.get('/touch')
    t.is(((await browser.get('/ids')).body as string[])[1], before)
    await browser.get('/change-id')
    const [, after] = (await browser.get('/ids')).body as string[]
    t.not(after, before)
    t.is(after!.length, 43)
    t.like((await browser.get('/read')).body, { admin: { role: 'root' }, session: { user: 'ann' } })
  })
}

test('under the default name the id is the hash of the token alone, as before', (t) => {
  t.is(tokenToId('token'), 'PEaenWxYddN6Q_NT1PiOYfz4EsZu7jRXRlpAsNpBU-A')
  t.is(tokenToId('token', 'session'), tokenToId('token'))
  t.not(tokenToId('token', 'admin'), tokenToId('token'))
})

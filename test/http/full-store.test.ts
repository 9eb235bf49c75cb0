import test from 'ava'
import { MemoryStore, type SetResult, StoreFullError } from '../../src/index.ts'
import { formatTombstone } from '../../src/record.ts'
import { type Handler, serve } from '../helpers/serve.ts'

/** Has no room for anything any more, from when it is told so. */
class FullStore extends MemoryStore {
  full = false
  /** Runs when there was no room: what a parallel request does meanwhile. */
  meanwhile: (id: string) => void = () => undefined

  override set(...change: Parameters<MemoryStore['set']>): SetResult {
    if (!this.full) return super.set(...change)
    this.full = false
    this.meanwhile(change[0])
    this.full = true
    throw new StoreFullError('There is no room.')
  }
}

const handler: Handler = async (ctx) => {
  if (ctx.path === '/put') ctx.session.user = 'alice'
  if (ctx.path === '/destroy') await ctx.session.destroy()
  ctx.body = ctx.session.user ?? 'nobody'
}

test('destroy needs no room: on a full store the record goes without a tombstone', async (t) => {
  const store = new FullStore()
  const { visitor } = await serve(t, handler, { store })
  const client = visitor()
  await client.get('/put')
  store.full = true
  const answer = await client.get('/destroy')
  t.is(answer.status, 200)
  t.regex(answer.cookies[0] ?? '', /^sid=;/)
  t.is(store.size, 0)
  t.is((await client.get('/user')).text, 'nobody')
})

test('on a full store, too, destroy is no success when the session went on under a new id meanwhile', async (t) => {
  const store = new FullStore()
  const { visitor, clock } = await serve(t, handler, { store })
  const client = visitor()
  await client.get('/put')
  store.full = true
  store.meanwhile = (id) => {
    const now = clock()
    store.set(id, formatTombstone({ endedAt: now, moved: true }), now + 60_000, 'present')
  }
  const answer = await client.get('/destroy')
  t.is(answer.status, 503)
  t.deepEqual(answer.cookies, [])
})

import test from 'ava'
import { MemoryStore, StoreFullError } from '../../src/index.ts'
import { endStoredSession, storedSession } from '../../src/stages.ts'
import { routes } from '../helpers/paths.ts'
import { serve } from '../helpers/serve.ts'

const TABLE = routes({
  '/in'(ctx) {
    ctx.session.user = 'ann'
    return ctx.session.id
  },
  '/move': async (ctx) => {
    await ctx.session.changeId()
    return ctx.session.id
  },
  '/reason': (ctx) => ctx.session.endReason ?? '',
})

test('a session is shown as its record has it', async (t) => {
  const { visitor, store, clock } = await serve(t, TABLE)
  const { text: id } = await visitor().get('/in')
  const found = await storedSession(store, id, clock())
  t.like(found, { createdAt: clock(), updatedAt: clock(), expiresAt: clock() + 7_200_000 })
  t.is(found?.idleTimeout, undefined)
  t.is(found?.annotationText('none'), undefined)
  clock.advance(7_200_001)
  t.is(await storedSession(store, id, clock()), undefined)
})

test('a session that is ended by its id is gone, and its client learns why', async (t) => {
  const { visitor, store, clock } = await serve(t, TABLE)
  const ann = visitor()
  const { text: id } = await ann.get('/in')
  t.is(await endStoredSession(store, id, 'because', clock()), 'ended')
  t.is(await endStoredSession(store, id, 'again', clock()), 'gone')
  t.is((await ann.get('/reason')).text, 'because')
  t.is(await endStoredSession(store, 'no such id', 'because', clock()), 'gone')
})

test('a session that has moved is not ended by its former id', async (t) => {
  const { visitor, store, clock } = await serve(t, TABLE)
  const ann = visitor()
  const { text: id } = await ann.get('/in')
  const { text: moved } = await ann.get('/move')
  t.is(await endStoredSession(store, id, 'because', clock()), 'moved')
  t.is(await endStoredSession(store, moved, 'because', clock()), 'ended')
})

test('a session is ended in a store that is full, too', async (t) => {
  class Full extends MemoryStore {
    full = false
    override set(...args: Parameters<MemoryStore['set']>): ReturnType<MemoryStore['set']> {
      if (this.full) throw new StoreFullError('Full.')
      return super.set(...args)
    }
  }
  const store = new Full()
  const { visitor, clock } = await serve(t, TABLE, { store })
  const { text: id } = await visitor().get('/in')
  store.full = true
  t.is(await endStoredSession(store, id, 'because', clock()), 'ended')
  t.is(store.get(id), undefined)
})

import test from 'ava'
import { type Loose, routes } from '../helpers/paths.ts'
import { serve } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

test('a store that fails after the response is reported', async (t) => {
  const store = new WatchedStore()
  const handler = ({ session }: Loose): void => {
    session.lateStore = true
    session.user = 'ann'
    store.failing.set('set', new Error('down'))
  }
  const { visitor, errors } = await serve(t, handler, { store })
  await visitor().get('/')
  while (errors.length === 0) await new Promise((resolve) => setTimeout(resolve, 2))
  t.like(errors[0], { code: 'ERR_STORE_UNAVAILABLE' })
})

test('a session that is ended while its response leaves is ended, and a store that fails is reported', async (t) => {
  const store = new WatchedStore()
  const handler = routes({
    '/write': ({ session }) => (session.user = 'ann'),
    '/': (ctx) => {
      ctx['session'].lateStore = true
      ctx.res.once('finish', () => {
        store.failing.set('set', new Error('down'))
        ctx['session'] = null
      })
    },
  })
  const { visitor, errors } = await serve(t, handler, { store })
  const browser = visitor()
  await browser.get('/write')
  await browser.get('/')
  while (errors.length === 0) await new Promise((resolve) => setTimeout(resolve, 2))
  t.like(errors[0], { code: 'ERR_STORE_UNAVAILABLE' })
})

const leaving = async (ctx: Loose): Promise<void> => {
  ctx.session.lateStore = true
  ctx.session.user = 'ann'
  const closed = new Promise((resolve) => ctx.res.once('close', resolve))
  ctx.req.socket.destroy()
  await closed
}

test('lateStore stores though the client has gone', async (t) => {
  const store = new WatchedStore()
  const { visitor, events } = await serve(t, leaving, { store })
  await t.throwsAsync(() => visitor().get('/'))
  while (events.length === 0) await new Promise((resolve) => setTimeout(resolve, 2))
  t.deepEqual([events[0]![0], store.writes], ['created', ['set']])
})

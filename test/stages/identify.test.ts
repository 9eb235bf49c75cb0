import test from 'ava'
import { CookieState, HeaderState, SealedStore, type State } from '../../src/index.ts'
import { type Loose, routes } from '../helpers/paths.ts'
import { serve } from '../helpers/serve.ts'

/** A state that cannot hand out tokens. */
class Broken extends CookieState {
  override finalize(): void {
    throw new Error('no token')
  }
}

const app = routes({
  '/save': ({ session }: Loose) => (session.user = 'ann'),
})

test('a state that fails fails the request', async (t) => {
  const { visitor, errors } = await serve(t, app, { state: new Broken() })
  t.is((await visitor().get('/save')).status, 500)
  t.deepEqual(errors.map(String), ['Error: no token'])
})

test('a state that fails after an error of the handler is reported, and the error is answered', async (t) => {
  const handler = routes({
    '/throw': (ctx: Loose) => {
      ctx.session.user = 'ann'
      ctx.throw(404, 'not here')
    },
  })
  const { visitor, errors } = await serve(t, handler, { state: new Broken() })
  t.is((await visitor().get('/throw')).status, 404)
  t.true(errors.map(String).includes('Error: no token'))
})

test('a state that cannot measure carries a sealed session all the same', async (t) => {
  const state: State = {
    extract: (ctx) => [ctx.get('x-token')].filter((token) => token !== ''),
    finalize: (ctx, token) => ctx.set('x-token', token),
    forget: () => undefined,
  }
  const handler = routes({
    '/save': ({ session }: Loose) => (session.user = 'ann'),
    '/add': ({ session }: Loose) => (session.more = 1),
    '/data': ({ session }: Loose) => ({ ...session }),
  })
  const { visitor } = await serve(t, handler, { state, store: new SealedStore({ keys: ['k'.repeat(32)] }) })
  const first = (await visitor().get('/save')).headers['x-token'] as string
  const second = (await visitor().get('/add', { 'x-token': first })).headers['x-token'] as string
  t.deepEqual((await visitor().get('/data', { 'x-token': second })).body, { user: 'ann', more: 1 })
})

test('of several states, a sealed session goes back by the way that it came', async (t) => {
  const handler = routes({
    '/save': ({ session }: Loose) => (session.user = 'ann'),
    '/add': ({ session }: Loose) => (session.more = 1),
  })
  const state = [new CookieState(), new HeaderState()]
  const { visitor } = await serve(t, handler, { state, store: new SealedStore({ keys: ['k'.repeat(32)] }) })
  const { cookies } = await visitor().get('/save')
  const token = cookies[0]!.split(';')[0]!.slice('sid='.length)
  const answer = await visitor().get('/add', { 'x-session-token': token })
  t.truthy(answer.headers['x-session-token'])
  t.deepEqual(answer.cookies, [])
})

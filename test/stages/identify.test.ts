import test from 'ava'
import { CookieState } from '../../src/index.ts'
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

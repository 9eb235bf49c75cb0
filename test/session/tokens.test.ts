import test from 'ava'
import { type Loose, routes, tokenIn } from '../helpers/paths.ts'
import { serve } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

const app = routes({
  '/write': ({ session }) => {
    session.user = 'ann'
  },
  '/read': ({ session }) => ({ ...session, isNew: session.isNew }),
  '/change-id': ({ session }) => session.changeId(),
  '/update': ({ session }) => session.update((data: Loose) => (data.user = 'bob')),
})

/** Tokens that repeat: each one `times` times. The first two are drawn at start, where they must differ. */
const repeating = (times: number) => {
  let drawn = -2
  const generate = (): string => {
    drawn += 1
    return `token-${String(Math.max(drawn < 1 ? drawn + 900 : 0, Math.floor((drawn - 1) / times))).padStart(30, '0')}`
  }
  return { generate, validate: (token: string) => token.startsWith('token-') }
}

test('tokens of another kind are made and recognised by the option', async (t) => {
  const { visitor } = await serve(t, app, { token: repeating(1) })
  const browser = visitor()
  t.regex(tokenIn(await browser.get('/write'))!, /^token-\d{30}$/)
  t.deepEqual((await browser.get('/read')).body, { user: 'ann', isNew: false })
  t.deepEqual((await visitor().get('/read', { Cookie: `sid=${'A'.repeat(43)}` })).body, { isNew: true })
})

test('a token that is taken already is drawn again', async (t) => {
  const { visitor } = await serve(t, app, { token: repeating(2) })
  const [ann, bob] = [visitor(), visitor()]
  const one = tokenIn(await ann.get('/write'))
  const two = tokenIn(await bob.get('/write'))
  t.true(one !== undefined && two !== undefined && one !== two)
})

for (const path of ['/write', '/update', '/change-id']) {
  test(`tokens that are all taken fail ${path}, and no cookie is sent`, async (t) => {
    const store = new WatchedStore()
    const { visitor, errors } = await serve(t, app, { token: repeating(100), store })
    const first = visitor()
    await first.get('/write')
    store.forget()
    const answer = path === '/change-id' ? await first.get(path) : await visitor().get(path)
    t.deepEqual([answer.status, answer.cookies], [503, []])
    t.like(errors[0], { code: 'ERR_SESSION_CONFLICT' })
    t.deepEqual((await first.get('/read')).body, { user: 'ann', isNew: false })
  })
}

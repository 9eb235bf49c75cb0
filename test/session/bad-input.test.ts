import { inspect } from 'node:util'
import test from 'ava'
import { type Loose, routes } from '../helpers/paths.ts'
import { serve } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

const DURATIONS = [
  -1,
  0,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '',
  'soon',
  '-5m',
  '1 year',
  '6000w',
  null,
  {},
  true,
  10n,
]

const USES: Record<string, (session: Loose, value: unknown) => void> = {
  idleTimeout: (session, value) => (session.idleTimeout = value),
  absoluteTimeout: (session, value) => (session.absoluteTimeout = value),
  expireKey: (session, value) => session.expireKey('code', value),
}

for (const [what, use] of Object.entries(USES)) {
  test(`${what} refuses what is no duration at the call, and nothing is stored`, async (t) => {
    const store = new WatchedStore()
    const refused: string[] = []
    const handler = ({ session }: Loose): void => {
      for (const value of DURATIONS) {
        const error = t.throws(() => use(session, value), { code: 'ERR_SESSION_CONFIG' })
        refused.push(error?.message ?? '')
      }
    }
    const { visitor } = await serve(t, handler, { store })
    await visitor().get('/')
    t.is(refused.length, DURATIONS.length)
    t.true(refused.every((message) => message.includes('milliseconds')))
    t.deepEqual(store.calls, [])
  })
}

for (const key of ['', undefined, null, 1, {}, Symbol('code')]) {
  test(`expireKey refuses the key ${inspect(key)}`, async (t) => {
    const { visitor, errors } = await serve(t, ({ session }: Loose) => session.expireKey(key, '1m'))
    t.is((await visitor().get('/')).status, 500)
    t.true(errors[0] instanceof TypeError)
  })
}

for (const value of ['Saved', 1, null, undefined, ['Saved'], new Map(), new Date(0)]) {
  test(`flash cannot be ${inspect(value)}`, async (t) => {
    const { visitor, errors } = await serve(t, ({ session }: Loose) => (session.flash = value))
    t.is((await visitor().get('/')).status, 500)
    t.true(errors[0] instanceof TypeError)
    t.regex(String(errors[0]), /Expected flash to be an object of messages/)
  })
}

test('a member is not to be had from the prototype alone', async (t) => {
  const handler = routes({
    '/': ({ session }) => {
      const prototype = Object.getPrototypeOf(session)
      t.is(prototype.id, undefined)
      t.is(prototype.destroy, undefined)
      t.throws(() => (prototype.noStore = true), { instanceOf: TypeError })
      return { derived: String(Object.create(session).id) }
    },
  })
  const { visitor } = await serve(t, handler)
  t.deepEqual((await visitor().get('/')).body, { derived: 'undefined' })
})

import { inspect } from 'node:util'
import test from 'ava'
import { type Loose, routes } from '../helpers/paths.ts'
import { serve } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

const DURATIONS = [
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

const USES: Record<string, [use: (session: Loose, value: unknown) => void, values: unknown[]]> = {
  idleTimeout: [(session, value) => (session.idleTimeout = value), [...DURATIONS, 0, -1]],
  absoluteTimeout: [(session, value) => (session.absoluteTimeout = value), [...DURATIONS, 0, -1]],
  // Zero and negative numbers mean at once.
  expireKey: [(session, value) => session.expireKey('code', value), [...DURATIONS, '0', '0s']],
}

for (const [what, [use, values]] of Object.entries(USES)) {
  test(`${what} refuses what is no duration at the call, and nothing is stored`, async (t) => {
    const store = new WatchedStore()
    const refused: string[] = []
    const handler = ({ session }: Loose): void => {
      for (const value of values) {
        const error = t.throws(() => use(session, value), { code: 'ERR_SESSION_CONFIG' })
        refused.push(error?.message ?? '')
      }
    }
    const { visitor } = await serve(t, handler, { store })
    await visitor().get('/')
    t.is(refused.length, values.length)
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
    },
  })
  const { visitor } = await serve(t, handler)
  t.is((await visitor().get('/')).status, 200)
})

for (const value of ['yes', 1, 0, null, undefined, {}, new Boolean(true)]) {
  test(`persistent cannot be ${inspect(value)}`, async (t) => {
    const store = new WatchedStore()
    const { visitor, errors } = await serve(t, ({ session }: Loose) => (session.persistent = value), {
      store,
    })
    t.is((await visitor().get('/')).status, 500)
    t.like(errors[0], { code: 'ERR_SESSION_CONFIG' })
    t.regex(String(errors[0]), /Expected persistent to be true or false/)
    t.deepEqual(store.calls, [])
  })
}

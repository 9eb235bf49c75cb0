import test from 'ava'
import * as devalue from 'devalue'
import { gate } from '../helpers/gate.ts'
import { type Loose, routes } from '../helpers/paths.ts'
import { serve } from '../helpers/serve.ts'

const NAMES = Object.getOwnPropertyNames(Object.prototype).filter((name) => name !== '__proto__')
const all = (value: unknown): Record<string, unknown> =>
  Object.fromEntries(NAMES.map((name) => [name, value]))

const [waiting, going] = [gate(), gate()]
const app = routes({
  '/set': ({ session, query }) => {
    for (const name of NAMES) session[name] = { v: query['v'] }
    session.inner = all(query['v'])
    Object.assign(session.flash, all(query['v']))
  },
  '/update': ({ session, query }) =>
    session.update((data: Loose) => {
      for (const name of NAMES) data[name].v = query['v']
    }),
  '/own': ({ session }) => session.update((data: Loose) => NAMES.filter((name) => Object.hasOwn(data, name))),
  '/late': async ({ session }) => {
    for (const name of NAMES) session[name] = { v: 'late' }
    waiting.open()
    await going.opened
  },
  '/expire': ({ session }) => {
    for (const name of NAMES) session.expireKey(name, 0)
  },
  '/destroy': ({ session }) => session.destroy(),
  '/regenerate': ({ session }) => session.regenerate({ keep: NAMES }),
  '/read': ({ session }) => ({ ...session }),
  '/flash': ({ session }) => ({ ...session.flash }),
})

for (const [what, serializer] of Object.entries({ JSON, devalue })) {
  test.serial(`keys with names of inherited members are data like others, with ${what}`, async (t) => {
    const { visitor, errors } = await serve(t, app, { serializer })
    const browser = visitor()
    t.deepEqual((await browser.get('/own')).body, [])
    await browser.get('/set?v=1')
    t.deepEqual((await browser.get('/read')).body, { ...all({ v: '1' }), inner: all('1') })
    await browser.get('/update?v=2')
    await browser.get('/regenerate')
    t.deepEqual((await browser.get('/read')).body, all({ v: '2' }))
    await browser.get('/set?v=3')
    t.deepEqual((await browser.get('/flash')).body, all('3'))
    await browser.get('/expire')
    t.deepEqual((await browser.get('/read')).body, { inner: all('3') })
    t.deepEqual(errors, [])
  })
}

test.serial('a change of such keys is merged, and dropped, as that of others', async (t) => {
  const { visitor, events, errors } = await serve(t, app, { serializer: devalue })
  const browser = visitor()
  await browser.get('/set?v=1')
  const late = browser.get('/late')
  await waiting.opened
  await browser.get('/destroy')
  going.open()
  t.is((await late).status, 200)
  const dropped = events.find(([name]) => name === 'conflict')
  t.deepEqual(dropped?.[1].keys?.toSorted(), NAMES.toSorted())
  t.deepEqual(errors, [])
})

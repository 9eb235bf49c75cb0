import test from 'ava'
import { type Loose, routes } from '../helpers/paths.ts'
import { serve } from '../helpers/serve.ts'

const HOSTILE = '{"__proto__":{"admin":true,"destroy":null},"user":"ann"}'

const app = routes({
  '/replace': (ctx) => {
    ctx['session'] = JSON.parse(HOSTILE)
    return look(ctx['session'])
  },
  '/nested': ({ session }) => (session.profile = JSON.parse(HOSTILE)),
  '/assign': ({ session }) => {
    session['__proto__'] = { admin: true }
  },
  '/flash': ({ session }) => {
    session.flash['__proto__'] = { admin: true }
  },
  '/flash-replace': ({ session }) => {
    session.flash = JSON.parse(HOSTILE)
  },
  '/update': ({ session }) =>
    session.update((data: Loose) => {
      Object.defineProperty(data, '__proto__', { value: { admin: true }, enumerable: true })
    }),
  '/look': ({ session }) => look(session),
  '/look-at-flash': ({ session }) => ({ flash: { ...session.flash }, admin: String(session.flash.admin) }),
})

function look(session: Loose): unknown {
  return {
    data: { ...session },
    admin: String(session.admin),
    polluted: String(({} as { admin?: unknown }).admin),
    verb: typeof session.destroy,
    own: Object.hasOwn(session, '__proto__'),
  }
}

const CLEAN = {
  data: { user: 'ann' },
  admin: 'undefined',
  polluted: 'undefined',
  verb: 'function',
  own: false,
}
const EMPTY = { ...CLEAN, data: {} }

test('replacing the data by parsed JSON with __proto__ keeps the other keys and pollutes nothing', async (t) => {
  const browser = (await serve(t, app)).visitor()
  const answer = await browser.get('/replace')
  t.is(answer.status, 200)
  t.deepEqual(answer.body, CLEAN)
  t.deepEqual((await browser.get('/look')).body, CLEAN)
})

test('the __proto__ that was left out of the data is reported', async (t) => {
  const { visitor, events } = await serve(t, app)
  await visitor().get('/replace')
  const corrupt = events.find(([name]) => name === 'corrupt')
  t.deepEqual(corrupt?.[1].keys, ['__proto__'])
})

test('a __proto__ inside of a value is stored as it is and pollutes nothing', async (t) => {
  const browser = (await serve(t, app)).visitor()
  await browser.get('/nested')
  const { text } = await browser.get('/look')
  t.is(JSON.parse(text).admin, 'undefined')
  t.true(text.includes('"profile":{"__proto__":{"admin":true,"destroy":null},"user":"ann"}'))
})

for (const path of ['/assign', '/flash', '/update']) {
  test(`__proto__ by ${path} is refused, changes no prototype and creates no session`, async (t) => {
    const { visitor, events, errors } = await serve(t, app)
    const browser = visitor()
    const { status, cookies } = await browser.get(path)
    t.is(status, 500)
    t.regex(String(errors[0]), /TypeError: '__proto__' is a reserved name/)
    t.deepEqual([events, cookies], [[], []])
    t.deepEqual((await browser.get('/look')).body, EMPTY)
  })
}

test('a flash that is replaced by parsed JSON with __proto__ keeps the other messages', async (t) => {
  const browser = (await serve(t, app)).visitor()
  await browser.get('/flash-replace')
  t.deepEqual((await browser.get('/look-at-flash')).body, { flash: { user: 'ann' }, admin: 'undefined' })
})

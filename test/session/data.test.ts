import test from 'ava'
import { routes } from '../helpers/paths.ts'
import { serve } from '../helpers/serve.ts'

const listed = (session: object): unknown => {
  const inLoop = []
  for (const key in session) inLoop.push(key)
  return { keys: Object.keys(session), spread: { ...session }, inLoop, text: JSON.stringify(session) }
}

const app = routes({
  '/write': ({ session }) => Object.assign(session, { user: 'ann', cart: { items: [1] } }),
  '/list': ({ session }) => listed(session),
  '/verbs': ({ session }) => ['destroy', 'changeId', 'update'].map((verb) => typeof session[verb]),
  '/names': ({ session }) =>
    Object.assign(session, { constructor: 1, toString: 2, hasOwnProperty: 3, toJSON: 4, valueOf: 5 }),
  '/delete': ({ session }) => {
    delete session.user
    return {}
  },
})

test('a session shows the data of the user and nothing else', async (t) => {
  const browser = (await serve(t, app)).visitor()
  const shown = {
    keys: ['user', 'cart'],
    spread: { user: 'ann', cart: { items: [1] } },
    inLoop: ['user', 'cart'],
    text: '{"user":"ann","cart":{"items":[1]}}',
  }
  await browser.get('/write')
  t.deepEqual((await browser.get('/list')).body, shown)
})

test('a new session shows nothing', async (t) => {
  const browser = (await serve(t, app)).visitor()
  t.deepEqual((await browser.get('/list')).body, { keys: [], spread: {}, inLoop: [], text: '{}' })
})

test('the verbs are on the prototype of the data', async (t) => {
  const { url, visitor } = await serve(t, app)
  t.truthy(url)
  t.deepEqual((await visitor().get('/verbs')).body, ['function', 'function', 'function'])
})

test('keys with the names of what every object has are data like others', async (t) => {
  const browser = (await serve(t, app)).visitor()
  await browser.get('/names')
  t.deepEqual((await browser.get('/list')).body, {
    keys: ['constructor', 'toString', 'hasOwnProperty', 'toJSON', 'valueOf'],
    spread: { constructor: 1, toString: 2, hasOwnProperty: 3, toJSON: 4, valueOf: 5 },
    inLoop: ['constructor', 'toString', 'hasOwnProperty', 'toJSON', 'valueOf'],
    text: '{"constructor":1,"toString":2,"hasOwnProperty":3,"toJSON":4,"valueOf":5}',
  })
})

test('a deleted key is gone', async (t) => {
  const browser = (await serve(t, app)).visitor()
  await browser.get('/write')
  await browser.get('/delete')
  const { body } = await browser.get('/list')
  t.deepEqual((body as { keys: string[] }).keys, ['cart'])
})

test('a session is undefined before its middleware has run', async (t) => {
  const seen: unknown[] = []
  const { visitor } = await serve(t, app, {}, (koa) => {
    koa.use((ctx, next) => {
      seen.push(ctx['session'])
      return next()
    })
  })
  await visitor().get('/list')
  t.deepEqual(seen, [undefined])
})

test('assigning a session before its middleware has run is an error that says where to look', async (t) => {
  const { visitor, errors } = await serve(t, app, {}, (koa) => {
    koa.use((ctx) => {
      ctx['session'] = { user: 'ann' }
    })
  })
  t.is((await visitor().get('/list')).status, 500)
  t.like(errors[0], { code: 'ERR_SESSION_UNAVAILABLE' })
  t.regex(String(errors[0]), /before the session middleware ran/)
})

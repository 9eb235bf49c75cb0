import { bodyParser } from '@koa/bodyparser'
import test from 'ava'
import csrf from 'koa-csrf'
import { routes, tokenIn } from '../helpers/paths.ts'
import { serveApp } from './serve-app.ts'

const handler = routes({
  '/form': (ctx) => ctx.state['_csrf'] as string,
  '/login': async (ctx) => {
    await ctx['session'].regenerate()
    ctx['session'].user = 'ann'
  },
  '/login-and-keep': async (ctx) => {
    await ctx['session'].regenerate({ keep: ['secret'] })
  },
  '/buy': () => 'bought',
})

const shop = (t: Parameters<typeof serveApp>[0]) =>
  serveApp(t, (sessions) => [bodyParser(), sessions, csrf(), handler])

test('koa-csrf takes the token that it gave to this visitor, and no other one', async (t) => {
  const browser = (await shop(t)).visitor()
  const form = await browser.get('/form')
  t.truthy(tokenIn(form), 'its secret is in the session, so each visitor gets one')
  t.is((await browser.post('/buy', { _csrf: form.text })).text, 'bought')
  t.is((await browser.post('/buy')).status, 403)
  t.is((await browser.post('/buy', { _csrf: 'made up' })).status, 403)
})

test("koa-csrf refuses another visitor's token", async (t) => {
  const { visitor } = await shop(t)
  const stolen = (await visitor().get('/form')).text
  const browser = visitor()
  await browser.get('/form')
  t.is((await browser.post('/buy', { _csrf: stolen })).status, 403)
})

test('after regenerate a form of before is refused, unless its secret was kept', async (t) => {
  const browser = (await shop(t)).visitor()
  const before = (await browser.get('/form')).text
  await browser.post('/login-and-keep', { _csrf: before })
  t.is((await browser.post('/buy', { _csrf: before })).text, 'bought')
  await browser.post('/login', { _csrf: before })
  t.is((await browser.post('/buy', { _csrf: before })).status, 403)
  t.is((await browser.post('/buy', { _csrf: (await browser.get('/form')).text })).text, 'bought')
})

test('a refusal of koa-csrf keeps the cookie of the session that it began', async (t) => {
  const answer = await (await shop(t)).visitor().post('/buy')
  t.is(answer.status, 403)
  t.truthy(tokenIn(answer))
})

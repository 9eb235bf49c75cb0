import { bodyParser } from '@koa/bodyparser'
import test, { type ExecutionContext } from 'ava'
import connectFlash from 'connect-flash'
import type { Context } from 'koa'
import koaPassport from 'koa-passport'
import { Strategy } from 'passport-local'
import { type Loose, routes } from '../helpers/paths.ts'
import { type Visitor } from '../helpers/serve.ts'
import { serveApp } from './serve-app.ts'

/** As in docs/neighbours.md: the context takes the place of Express's request. */
const flash = (ctx: Context, next: () => Promise<unknown>): Promise<unknown> => {
  ;(connectFlash() as Loose)(ctx, ctx.res, () => undefined)
  return next()
}

const handler = routes({
  '/put': (ctx) => String((ctx as Loose).flash(ctx.query['type'], ctx.query['text'])),
  '/put-many': (ctx) => String((ctx as Loose).flash('info', ['one', 'two'])),
  '/format': (ctx) => String((ctx as Loose).flash('info', '%s in %d lines', 'done', 3)),
  '/show': (ctx) => ({ info: (ctx as Loose).flash('info') }),
  '/ours': ({ session }) => ({ ...session.flash }),
  '/all': (ctx) => ({ ...(ctx as Loose).flash() }),
  '/elsewhere': () => 'nothing',
})

const open = async (t: ExecutionContext): Promise<Visitor> =>
  (await serveApp(t, (sessions) => [sessions, flash, handler])).visitor()

test('connect-flash puts messages that are shown once', async (t) => {
  const browser = await open(t)
  t.is((await browser.get('/put?type=info&text=one')).text, '1')
  await browser.get('/elsewhere')
  t.is((await browser.get('/put?type=info&text=two')).text, '2')
  t.deepEqual((await browser.get('/show')).body, { info: ['one', 'two'] })
  t.deepEqual((await browser.get('/show')).body, { info: [] })
})

test('connect-flash takes lists and formats', async (t) => {
  const browser = await open(t)
  t.is((await browser.get('/put-many')).text, '2')
  await browser.get('/format')
  t.deepEqual((await browser.get('/show')).body, { info: ['one', 'two', 'done in 3 lines'] })
})

test("connect-flash and session.flash are one: what the one puts, the other shows, and it's gone", async (t) => {
  const browser = await open(t)
  await browser.get('/put?type=error&text=no')
  await browser.get('/put?type=error&text=never')
  t.deepEqual((await browser.get('/ours')).body, { error: ['no', 'never'] })
  t.deepEqual((await browser.get('/ours')).body, {})
})

test('connect-flash without a type empties the flash and shows nothing; session.flash shows all messages', async (t) => {
  const browser = await open(t)
  await browser.get('/put?type=error&text=no')
  t.deepEqual((await browser.get('/all')).body, {})
  await browser.get('/put?type=error&text=no')
  t.deepEqual((await browser.get('/ours')).body, { error: ['no'] })
})

test('a request that puts a message by connect-flash has looked: other types that waited are gone', async (t) => {
  const browser = await open(t)
  await browser.get('/put?type=error&text=no')
  await browser.get('/put?type=info&text=yes')
  t.deepEqual((await browser.get('/ours')).body, { info: ['yes'] })
})

test("Passport's failureFlash puts its message through connect-flash", async (t) => {
  const passport = new koaPassport.KoaPassport()
  passport.use(new Strategy((_name, _password, done) => done(null, false, { message: 'Wrong password.' })))
  const login = passport.authenticate('local', { failureRedirect: '/show-error', failureFlash: true })
  const pages = routes({ '/show-error': (ctx) => ({ error: (ctx as Loose).flash('error') }) })
  const { visitor } = await serveApp(t, (sessions) => [
    bodyParser(),
    sessions,
    flash,
    passport.initialize(),
    (ctx: Context, next: () => Promise<unknown>) => (ctx.path === '/login' ? login(ctx, next) : next()),
    pages,
  ])
  const browser = visitor()
  t.is((await browser.post('/login', { username: 'ann', password: 'x' })).status, 302)
  t.deepEqual((await browser.get('/show-error')).body, { error: ['Wrong password.'] })
})

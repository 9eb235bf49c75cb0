import test from 'ava'
import type { SessionOptions } from '../../src/koa-session/index.ts'
import { type Handler, same, type Step } from './both.ts'

/** One application for most of the tests: the path says what to do. */
const handler: Handler = async (ctx) => {
  switch (ctx.path) {
    case '/untouched':
      ctx.body = 'nothing'
      return
    case '/set':
      ctx.session['user'] = { name: 'bob', of: ['a', 'b'] }
      break
    case '/count':
      ctx.session['n'] = ((ctx.session['n'] as number | undefined) ?? 0) + 1
      break
    case '/nested':
      ctx.session['user'].name += '!'
      break
    case '/remove':
      ctx.session = null as never
      ctx.body = ctx.session === null
      return
    case '/replace':
      ctx.session = { fresh: true } as never
      break
    case '/empty':
      if (ctx.session.externalKey !== '') ctx.session = {} as never
      break
    case '/clear':
      for (const name of Object.keys(ctx.session.toJSON())) delete ctx.session[name]
      break
    case '/max-age':
      ctx.session.maxAge = 5000
      break
    case '/only-max-age':
      ctx.session = { maxAge: 100 } as never
      break
    case '/session-age':
      ctx.session.maxAge = 'session'
      break
    case '/wrong':
      ctx.session = 'a string' as never
      break
    case '/throw':
      ctx.session['thrown'] = true
      ctx.throw(418, 'teapot')
      break
    case '/private':
      Object.assign(ctx.session, { _hidden: 1, shown: 2, method: () => 3, date: new Date(5) })
      break
    case '/regenerate':
      await ctx.session.regenerate()
      break
    default:
  }
  const { session } = ctx
  ctx.body = {
    json: session,
    isNew: session.isNew,
    length: session.length,
    populated: session.populated,
    maxAge: session.maxAge,
    externalKey: ctx.path === '/regenerate' ? 'stale' : session.externalKey,
    options: [ctx['sessionOptions'].key, ctx['sessionOptions'].maxAge, ctx['sessionOptions'].rolling],
  }
}

const OPTIONS: Readonly<Record<string, SessionOptions>> = {
  'no options': {},
  'a lifetime': { maxAge: 60_000 },
  'a lifetime of zero': { maxAge: 0 },
  "maxAge 'session'": { maxAge: 'session' },
  rolling: { maxAge: 60_000, rolling: true },
  renew: { maxAge: 60_000, renew: true },
  unsigned: { signed: false, maxAge: 60_000 },
  'an own key': { key: 'own:key', maxAge: 60_000 },
  attributes: { sameSite: 'strict', httpOnly: false, domain: 'example.com', path: '/', priority: 'high' },
  'no overwrite': { overwrite: false },
}

const WALKS: Readonly<Record<string, readonly (string | Step)[]>> = {
  'nothing is sent for a look': ['/untouched', '/', '/empty'],
  'a session grows': ['/set', '/', '/untouched', '/count', '/count', '/nested', '/'],
  'a session ends': ['/set', '/remove', '/', '/set', '/'],
  'a new session ends': ['/remove', '/'],
  'data are replaced': ['/set', '/replace', '/', '/empty', '/'],
  'data are cleared': ['/set', '/clear', '/', '/set'],
  'an assigned session is new to the client': ['/replace', '/'],
  'the lifetime of one session': ['/set', '/max-age', { path: '/', wait: 4000 }, { path: '/', wait: 6000 }],
  'a lifetime alone is saved': ['/only-max-age', '/', { path: '/', wait: 200 }],
  'an empty session with a lifetime': ['/max-age', '/'],
  'time passes': [
    '/set',
    { path: '/', wait: 20_000 },
    { path: '/', wait: 35_000 },
    { path: '/', wait: 10_000 },
    { path: '/untouched', wait: 55_000 },
    { path: '/', wait: 90_000_000 },
  ],
  'what is no session is refused': ['/wrong', '/set', '/'],
  'what is not saved': ['/private', '/'],
  'HEAD and POST': [
    { path: '/set', method: 'post' },
    { path: '/', method: 'head' },
    { path: '/count', method: 'post' },
  ],
  'a cookie of nobody': [{ path: '/', cookie: 'koa.sess=nobody; own:key=nobody' }, '/set'],
}

for (const [setting, options] of Object.entries(OPTIONS))
  for (const [title, steps] of Object.entries(WALKS)) {
    test.serial(`in the cookie, ${setting}: ${title}`, (t) =>
      same(t, { handler, steps, options: () => ({ ...options }) }).then(() => undefined),
    )

    // What koa-session tells a store of such sessions is a text.
    if (options.maxAge === 'session') continue
    test.serial(`in a store, ${setting}: ${title}`, (t) =>
      same(t, { handler, steps, options: (store) => ({ ...options, store }) }).then(() => undefined),
    )
  }

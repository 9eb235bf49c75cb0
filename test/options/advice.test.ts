import test from 'ava'
import { warnings } from '../helpers/warnings.ts'

const server = (options: string, handler: string, before = ''): string => `
  const app = new Koa()
  ${before}
  app.use(session(app, ${options}))
  app.use((ctx) => { ${handler}; ctx.body = 'ok' })
`
const CASES: [what: string, code: string, message: RegExp, script: string][] = [
  [
    'a cookie with a narrow path on a request outside of it',
    'SESSION_COOKIE_ELSEWHERE',
    /path '\/app'.*do not send it back/,
    `${server("{ cookie: { path: '/app' } }", 'ctx.session.a = 1')}; await get(app, '/application', '/')`,
  ],
  [
    'secure: true over plain HTTP',
    'SESSION_COOKIE_DROPPED',
    /plain HTTP: browsers drop it/,
    `${server('{ cookie: { secure: true } }', 'ctx.session.a = ctx.path')}; await get(app, '/', '/a')`,
  ],
  [
    'ctx.session.maxAge =',
    'SESSION_FOREIGN_MEMBER',
    /ctx\.session\.maxAge.*idleTimeout/,
    `${server('{}', 'ctx.session.maxAge = 1; ctx.session.maxAge = 2')}; await get(app, '/', '/')`,
  ],
  [
    'ctx.session.cookie =',
    'SESSION_FOREIGN_MEMBER',
    /ctx\.session\.cookie.*cookieOptions/,
    `${server('{}', 'ctx.session.cookie = {}')}; await get(app, '/')`,
  ],
  [
    'a session read before its middleware',
    'SESSION_USED_EARLY',
    /ctx\.session was read before its middleware/,
    `${server('{}', '', 'app.use((ctx, next) => { void ctx.session; return next() })')}; await get(app, '/', '/')`,
  ],
  [
    'two instances of one name',
    'SESSION_NAME_TWICE',
    /called twice for ctx\.session.*'as'.*with\(\)/,
    'const app = new Koa(); session(app); session(app)',
  ],
]
for (const [what, code, message, script] of CASES) {
  test(`${what} is said once, in development only`, async (t) => {
    const seen = await warnings({}, script)
    t.deepEqual(
      seen.map(([one]) => one),
      [code],
    )
    t.regex(seen[0]![1], message)
    const quiet = await warnings({ NODE_ENV: 'production' }, script)
    t.deepEqual(
      quiet.filter(([one]) => one !== 'SESSION_MEMORY_STORE'),
      [],
    )
  })
}

const QUIET: [what: string, script: string][] = [
  [
    'a path that covers the request',
    `${server("{ cookie: { path: '/app' } }", 'ctx.session.a = 1')}; await get(app, '/app', '/app/b?c')`,
  ],
  ['two names', "const app = new Koa(); session(app); session(app, { as: 'admin' }); session(new Koa())"],
  ['a sibling', "const app = new Koa(); session(app).with({ concurrency: 'lock' })"],
  [
    'an app that is looked at',
    'const app = new Koa(); session(app); void app.context.session; void JSON.stringify(app)',
  ],
  [
    'maxAge in flash',
    `${server('{}', 'ctx.session.flash.maxAge = 1; ctx.session.a = { maxAge: 1 }')}; await get(app, '/')`,
  ],
]
for (const [what, script] of QUIET) {
  test(`${what} is no reason to warn`, async (t) => {
    t.deepEqual(await warnings({}, script), [])
  })
}

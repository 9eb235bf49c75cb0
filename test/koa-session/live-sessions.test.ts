import test from 'ava'
import type { SessionOptions, SessionStore } from '../../src/koa-session/index.ts'
import { count, contentOf, cookieOf, type Handler, play, same } from './both.ts'

test.serial('cookies that are damaged, or of somebody else', async (t) => {
  const values = ['', '%', '###', 'bnVsbA==', 'e30=', 's%3Aabc.def', 'eyJh', '{"a":1}', 'a'.repeat(9000)]
  const seen = await same(t, {
    handler: (ctx) => void (ctx.body = [ctx.session, ctx.session.isNew]),
    steps: values.map((value) => ({ path: '/', cookie: `koa.sess=${value}` })),
    options: () => ({ signed: false }),
  })
  t.true(seen.every(({ status, errors }) => status === 200 && errors.length === 0))
})

test.serial('cookies with the signature of another key, or none', async (t) => {
  const cookie = cookieOf({ n: 41, _expire: Date.UTC(2040, 0), _maxAge: 86_400_000 })
  const signatures = [
    '',
    '; koa.sess.sig=',
    '; koa.sess.sig=nothing',
    '; koa.sess.sig=kV2Y0i8iEEdH0rJY3aJ1xkLfLkA',
  ]
  const steps = signatures.map((signature) => ({ path: '/', cookie: cookie + signature }))
  const seen = await same(t, { handler: count, steps })
  t.true(seen.every(({ status, text }) => status === 200 && text === '{"n":1}'))
})

test.serial('a cookie that was signed with an older key goes on, and is signed anew', async (t) => {
  const options = (): SessionOptions => ({ maxAge: 1000 })
  const [old] = await play(t, 'koa-session', { handler: count, steps: ['/'], options, keys: ['old'] })
  const cookie = old!.cookies.map((line) => line.split(';')[0]).join('; ')
  const look: Handler = (ctx) => void (ctx.body = ctx.session)
  const [seen] = await same(t, {
    handler: look,
    steps: [{ path: '/', cookie }],
    options,
    keys: ['new', 'old'],
  })
  t.is(seen!.text, '{"n":1}')
  t.regex(seen!.cookies[0]!, /^koa\.sess\.sig=/)
})

for (const [from, to] of [
  ['koa-session', 'ours'],
  ['ours', 'koa-session'],
] as const)
  for (const options of [{}, { maxAge: 5000 }, { maxAge: 'session' }] as const) {
    test.serial(`live sessions go on from ${from} to ${to}: ${JSON.stringify(options)}`, async (t) => {
      for (const kind of options.maxAge === 'session' ? ['cookie'] : ['cookie', 'store']) {
        const made = (store: SessionStore): SessionOptions => ({
          ...options,
          ...(kind === 'store' ? { store } : {}),
        })
        const before = await play(t, from, { handler: count, steps: ['/', '/'], options: made })
        const { cookies, records } = before[1]!
        const cookie = cookies.map((line) => line.split(';')[0]).join('; ')
        const after = await play(t, to, {
          handler: count,
          steps: [{ path: '/', cookie }],
          options: made,
          records,
        })
        t.is(after[0]!.text, '{"n":3}')
        if (kind === 'cookie') t.like(contentOf(after[0]!.cookies[0]!), { n: 3 })
        else t.deepEqual(Object.keys(after[0]!.records), Object.keys(records))
      }
    })
  }

test.serial('encode and decode', async (t) => {
  const seen = await same(t, {
    handler: count,
    steps: ['/', '/', { path: '/', cookie: 'koa.sess=xx%' }],
    options: () => ({
      signed: false,
      encode: (session) => encodeURIComponent(JSON.stringify({ enveloped: session })),
      decode: (text) => (JSON.parse(decodeURIComponent(text)) as { enveloped: unknown }).enveloped,
    }),
  })
  t.is(seen[1]!.text, '{"n":2}')
  t.is(seen[2]!.status, 500, 'an error of decode that is no SyntaxError')
  t.regex(seen[2]!.cookies[0]!, /^koa\.sess=;.* 1970/)
})

test.serial('an error of encode fails the request', async (t) => {
  const encode = (): never => {
    throw new Error('encode error')
  }
  const [seen] = await same(t, { handler: count, steps: ['/'], options: () => ({ encode }) })
  t.deepEqual(seen!.errors, ['encode error'])
})

import test from 'ava'
import { warnings } from '../helpers/warnings.ts'

const storing = (assignment: string, options = '{}'): string => `
  const app = new Koa()
  app.use(session(app, ${options}))
  app.use((ctx) => { ${assignment}; ctx.body = 'ok' })
  await get(app, '/', '/')
`
const CASES: [value: string, what: string, where: string][] = [
  ['new Map([[1, 2]])', 'a Map', 'thing'],
  ['new Set([1])', 'a Set', 'thing'],
  ['/x/', 'a RegExp', 'thing'],
  ['() => 1', 'a function', 'thing'],
  ['Symbol("x")', 'a symbol', 'thing'],
  ['NaN', 'NaN', 'thing'],
  ['-Infinity', '-Infinity', 'thing'],
  ['new Date()', 'a Date', 'thing'],
  ['new Error("x")', 'an Error', 'thing'],
  ['new (class Cart { items = [] })()', 'an instance of the class Cart', 'thing'],
  ['Buffer.from("x")', 'an instance of the class Buffer', 'thing'],
  ['new URL("http://a")', 'an instance of the class URL', 'thing'],
  ['{ a: [1, { b: new Map() }] }', 'a Map', 'thing.a.1.b'],
]
for (const [value, what, where] of CASES) {
  test(`${value} in a session warns once in development`, async (t) => {
    const seen = await warnings({}, storing(`ctx.session.thing = ${value}`))
    t.deepEqual(
      seen.map(([code]) => code),
      ['SESSION_LOST_VALUE'],
    )
    t.true(seen[0]![1].includes(`'${where}' is ${what},`), seen[0]![1])
  })
}

test('flash, and what was changed inside, are looked at as well; another key warns again', async (t) => {
  const seen = await warnings(
    {},
    storing(`ctx.session.flash.notice = new Set()
      ctx.session.list ??= []
      if (ctx.session.at) ctx.session.list.push(NaN)
      ctx.session.at = 1; ctx.session.one = new Map(); ctx.session.other = new Map()`),
  )
  const where = seen.map(([, message]) => / '([^']+)' is/.exec(message)?.[1] ?? '')
  t.deepEqual(where.toSorted(), ['flash.notice', 'list.0', 'one', 'other'])
})

const QUIET: [what: string, environment: Record<string, string>, script: string][] = [
  [
    'plain data',
    {},
    storing(`ctx.session.a = { b: [1, 'x', null, true, Object.create(null)], c: undefined }`),
  ],
  ['data without a prototype of another realm', {}, storing(`ctx.session.a = structuredClone({ b: [1] })`)],
  [
    'production',
    { NODE_ENV: 'production' },
    storing('ctx.session.a = new Map()', '{ store: new MemoryStore() }'),
  ],
  [
    'another serializer',
    {},
    storing('ctx.session.a = new Map()', '{ serializer: { stringify: () => "1", parse: () => 1 } }'),
  ],
]
for (const [what, environment, script] of QUIET) {
  test(`${what}: no warning`, async (t) => {
    t.deepEqual(await warnings(environment, script), [])
  })
}

const updating = (change: string): string => `
  const app = new Koa()
  app.use(session(app))
  app.use(async (ctx) => {
    ctx.session.n ??= 0
    ctx.session.cart ??= { items: [1] }
    await ctx.session.save()
    await ctx.session.update(${change})
    ctx.body = 'ok'
  })
  await get(app, '/', '/')
`
test('update says so when its function returned an object and changed nothing', async (t) => {
  for (const change of ['(data) => ({ ...data, n: 1 })', 'async () => ({ n: 1 })']) {
    const seen = await warnings({}, updating(change))
    t.deepEqual(
      seen.map(([code]) => code),
      ['SESSION_UPDATE_RETURNED'],
      change,
    )
    t.regex(seen[0]![1], /returned an object and changed nothing/)
  }
})

test('update says nothing when something was changed or assigned, or when what is there was returned', async (t) => {
  for (const change of [
    '(data) => { data.n += 1; return { ok: true } }',
    '(data) => { data.n = data.n; return { ok: true } }',
    '(data) => data',
    '(data) => data.cart',
    '(data) => data.cart.items',
    '(data) => 7',
    '() => undefined',
  ])
    t.deepEqual(await warnings({}, updating(change)), [], change)
})

import test from 'ava'
import Koa from 'koa'
import {
  CookieState,
  type DefaultStage,
  MemoryStore,
  Pipeline,
  session,
  SessionConfigError,
  type SessionOptions,
  type Stage,
  stage,
} from '../../src/index.ts'
import { listen, serve, visitor } from '../helpers/serve.ts'

const NAMES = 'identify persist verifyAddress verifyUserAgent expireKeys extendExpiry flash'.split(' ')
const nothing = function* () {}
const loosely = (options: object): unknown => session(new Koa(), options as SessionOptions)

test('the default stages are there to be read', (t) => {
  const { stages } = session(new Koa())
  t.true(stages instanceof Pipeline)
  t.deepEqual<readonly string[], readonly string[]>(stages.names, NAMES)
})

test('the stages are those that the callback returned', (t) => {
  const audit = stage('audit', nothing)
  const { stages } = session(new Koa(), {
    stages: (defaults) => defaults.before('flash', audit).remove('verifyUserAgent'),
  })
  t.deepEqual<readonly string[], readonly string[]>(
    stages.names,
    'identify persist verifyAddress expireKeys extendExpiry audit flash'.split(' '),
  )
  t.is(stages.get('audit'), audit)
})

test('the callback runs once, at start, with the default stages', async (t) => {
  const given: unknown[] = []
  const served = await serve(t, (ctx) => (ctx.body = 'ok'), {
    stages: (defaults) => {
      given.push(...defaults.names)
      return defaults
    },
  })
  t.deepEqual(given, NAMES)
  const browser = served.visitor()
  await browser.get('/')
  await browser.get('/')
  t.is(given.length, NAMES.length)
})

const results: readonly [what: string, result: unknown, says: string][] = [
  ['nothing', undefined, 'got undefined'],
  ['null', null, 'got null'],
  ['a list of stages', [stage('audit', nothing)], 'got ['],
  ['a promise', Promise.resolve(), 'got Promise'],
  ['a stage', stage('audit', nothing), "'audit'"],
]
for (const [what, result, says] of results)
  test(`a callback that returns ${what} is refused at start`, (t) => {
    const error = t.throws(() => loosely({ stages: () => result }), { instanceOf: SessionConfigError })
    t.regex(error.message, /Expected the result of stages to be a pipeline/)
    t.true(error.message.includes(says), error.message)
  })

test('a callback that treats the stages as an array is refused at start', (t) => {
  const pushing = {
    stages: (defaults: { push?: (stage: Stage) => unknown }) => defaults.push!(stage('audit', nothing)),
  }
  const error = t.throws(() => loosely(pushing), { instanceOf: SessionConfigError })
  t.regex(error.message, /append\(stage\)/)
})

test('a mistake in the callback is thrown at start', (t) => {
  const mistaken = { stages: (defaults: Pipeline) => defaults.remove('identity') }
  const error = t.throws(() => loosely(mistaken), { instanceOf: SessionConfigError })
  t.regex(error.message, /'identity'.*'identify'.*identify, persist/s)
})

test('a built-in that options switch off stays in the names, as an anchor', async (t) => {
  const seen: string[] = []
  const noting = <Name extends string>(name: Name): Stage<Name> =>
    stage(name, function* () {
      seen.push(name)
    })
  const served = await serve(t, (ctx) => (ctx.body = ctx.session.boundAddress ?? 'free'), {
    stages: (defaults) =>
      defaults.before('verifyAddress', noting('before')).after('verifyAddress', noting('after')),
  })
  t.true(served.sessions.stages.names.includes('verifyAddress'))
  t.is((await served.visitor().get('/')).text, 'free')
  t.deepEqual(seen, ['before', 'after'])
})

test('a replacement runs, whatever the options say', async (t) => {
  const served = await serve(t, (ctx) => (ctx.body = ctx.state.mine), {
    verifyAddress: false,
    stages: (defaults) =>
      defaults.replace(
        'verifyAddress',
        stage('verifyAddress', function* (ctx) {
          ctx.state.mine = 'mine'
        }),
      ),
  })
  t.is((await served.visitor().get('/')).text, 'mine')
})

test('a replacement under the own name of the stage goes with its option', (t) => {
  t.notThrows(() =>
    session(new Koa(), {
      verifyAddress: true,
      stages: (defaults) => defaults.replace('verifyAddress', stage('verifyAddress', nothing)),
    }),
  )
})

const needs: readonly [option: string, value: unknown, stage: DefaultStage][] = [
  ['store', new MemoryStore(), 'persist'],
  ['concurrency', 'last-write', 'persist'],
  ['saveOnError', true, 'persist'],
  ['onStoreError', 'anonymous', 'persist'],
  ['storeTimeout', '5s', 'persist'],
  ['state', new CookieState(), 'identify'],
  ['cookie', { name: 'other' }, 'identify'],
  ['verifyAddress', true, 'verifyAddress'],
  ['verifyAddress', { ipv4: 24 }, 'verifyAddress'],
  ['verifyUserAgent', true, 'verifyUserAgent'],
  ['expiryThreshold', '5m', 'extendExpiry'],
  ['expiryThreshold', 0, 'extendExpiry'],
  ['flashToState', true, 'flash'],
]
for (const [option, value, name] of needs) {
  const stages = (defaults: Pipeline<DefaultStage>) => defaults.remove(name)

  test(`taking out ${name} while ${option} is ${String(value)} is refused`, (t) => {
    const error = t.throws(() => loosely({ [option]: value, stages }), { instanceOf: SessionConfigError })
    t.true(error.message.includes(`'${name}'`) && error.message.includes(`'${option}'`), error.message)
  })

  test(`${name} can be taken out while ${option} is not set (and was to be ${String(value)})`, (t) => {
    t.notThrows(() => loosely({ [option]: undefined, stages }))
    if (typeof value === 'boolean') t.notThrows(() => loosely({ [option]: false, stages }))
  })
}

test('without persist there is a session that nothing is kept of', async (t) => {
  const app = new Koa()
  app.use(session(app, { stages: (defaults) => defaults.remove('persist') }))
  app.use((ctx) => {
    ctx.session.views = (ctx.session.views ?? 0) + 1
    ctx.body = { ...ctx.session }
  })
  const browser = visitor(await listen(t, app))
  const first = await browser.get('/')
  t.deepEqual(first.body, { views: 1 })
  t.deepEqual(first.cookies, [])
  t.deepEqual((await browser.get('/')).body, { views: 1 })
})

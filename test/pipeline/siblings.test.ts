import test from 'ava'
import Koa from 'koa'
import {
  MemoryStore,
  session,
  SessionConfigError,
  type SessionOptions,
  type SiblingOptions,
  stage,
} from '../../src/index.ts'
import { routed } from './routed.ts'

const parent = (options: SessionOptions = {}) => session(new Koa(), { idleTimeout: '10m', ...options })

test('siblings share the sessions of one browser', async (t) => {
  const browser = await routed(t, (app) => {
    const sessions = session(app)
    return { '/parent': [sessions], '/sibling': [sessions.with({ idleTimeout: '5m' })] }
  })
  t.like((await browser.get('/sibling')).body, { views: 1 })
  t.like((await browser.get('/parent')).body, { views: 2 })
  t.like((await browser.get('/sibling')).body, { views: 3 })
})

test('siblings share a store and a state that were given', async (t) => {
  const store = new MemoryStore()
  const browser = await routed(t, (app) => {
    const sessions = session(app, { store, cookie: { name: 'mine' } })
    return { '/parent': [sessions], '/sibling': [sessions.with({ flashToState: true })] }
  })
  t.regex((await browser.get('/sibling')).cookies[0] ?? '', /^mine=/)
  t.like((await browser.get('/parent')).body, { views: 2 })
})

test('where the parent does not run, a sibling has stages of its own', async (t) => {
  const mark = stage('mark', function* (ctx) {
    ctx.state.marked = true
    yield
  })
  const browser = await routed(t, (app) => {
    const sessions = session(app)
    const sibling = sessions.with({ stages: (defaults) => defaults.after('flash', mark) })
    t.true(sibling.stages.names.includes('mark'))
    t.false((sessions.stages.names as readonly string[]).includes('mark'))
    return { '/parent': [sessions], '/sibling': [sibling] }
  })
  t.deepEqual((await browser.get('/parent')).body, { views: 1, idleTimeout: 7_200_000, state: {} })
  t.like((await browser.get('/sibling')).body, { views: 2, state: { marked: true } })
})

test('a sibling keeps the options of its parent, and undefined changes none', async (t) => {
  const browser = await routed(t, () => ({
    '/': [parent().with({ idleTimeout: undefined, saveOnError: true })],
  }))
  t.like((await browser.get('/')).body, { idleTimeout: 600_000 })
})

test('where the parent does not run, a sibling has options of its own', async (t) => {
  const browser = await routed(t, () => ({ '/': [parent().with({ idleTimeout: '5m' })] }))
  t.like((await browser.get('/')).body, { idleTimeout: 300_000 })
})

test('a sibling of a sibling goes on from there', async (t) => {
  const browser = await routed(t, () => ({
    '/': [parent().with({ idleTimeout: '5m' }).with({ saveOnError: true })],
  }))
  t.like((await browser.get('/')).body, { idleTimeout: 300_000 })
})

test('a sibling keeps the stages of its parent', (t) => {
  const sessions = session(new Koa(), { stages: (defaults) => defaults.remove('persist') })
  t.deepEqual(
    sessions.with({ saveOnError: undefined, skip: () => false }).stages.names,
    sessions.stages.names,
  )
})

for (const option of ['as', 'cookie', 'state', 'store', 'token', 'type']) {
  test(`a sibling cannot change ${option}`, (t) => {
    const value = { as: 'admin', cookie: { name: 'x' }, store: new MemoryStore() }[option] ?? {}
    const error = t.throws(() => parent().with({ [option]: value }), {
      instanceOf: SessionConfigError,
    })
    t.true(error.message.includes(`'${option}'`), error.message)
  })

  test(`a sibling can be given ${option} as undefined, which counts as not given`, (t) => {
    t.notThrows(() => parent().with({ [option]: undefined }))
  })
}

const mistakes: readonly [what: string, options: unknown, says: RegExp][] = [
  ['an unknown option', { idelTimeout: '5m' }, /'idelTimeout'.*'idleTimeout'/],
  ['a wrong value', { saveOnError: 'yes' }, /saveOnError.*true or false.*'yes'/],
  ['a timeout beyond that of the parent', { idleTimeout: '90d' }, /idleTimeout.*absoluteTimeout/],
  ['a callback without a result', { stages: () => undefined }, /result of stages.*undefined/],
  ['nothing', undefined, /with\(\).*undefined/],
  ['null', null, /with\(\).*null/],
  ['text', 'lock', /with\(\).*'lock'/],
]
for (const [what, options, says] of mistakes)
  test(`a sibling with ${what} is refused at once`, (t) => {
    const error = t.throws(() => parent().with(options as SiblingOptions), { instanceOf: SessionConfigError })
    t.regex(error.message, says)
  })

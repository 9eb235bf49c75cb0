import { readFile } from 'node:fs/promises'
import test from 'ava'
import { beginWith } from '../helpers/begin.ts'
import { type Loose, routes, tokenIn } from '../helpers/paths.ts'
import { serve } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'

const app = routes({
  '/write': ({ session }) => {
    session.user = 'ann'
    session.count = 0
  },
  '/read': ({ session }) => ({ ...session, isNew: session.isNew }),
  '/throw': ({ session }) => {
    session.user = 'bob'
    throw new Error('no')
  },
  '/throw-status': (ctx) => {
    ctx['session'].user = 'bob'
    ctx.throw(Number(ctx.query['status']))
  },
  '/throw-string': ({ session }) => {
    session.user = 'bob'
    // oxlint-disable-next-line no-throw-literal -- what careless handlers do
    throw 'no'
  },
  '/throw-odd-status': ({ session }) => {
    session.user = 'bob'
    throw Object.assign(new Error('no'), { status: 0 })
  },
  '/throw-unknown-status': ({ session }) => {
    session.user = 'bob'
    throw Object.assign(new Error('no'), { status: 299 })
  },
  '/throw-missing-file': async ({ session }) => {
    session.user = 'bob'
    await readFile('/there/is/no/such/file')
  },
  '/answer': (ctx) => {
    ctx['session'].user = 'bob'
    ctx.status = Number(ctx.query['status'])
    ctx.body = 'done'
  },
})

const begin = beginWith(app)

test('a redirect is visible only after the data are stored', async (t) => {
  const order: string[] = []
  const store = new WatchedStore()
  store.waiting.set('set', async () => {
    await new Promise((resolve) => setTimeout(resolve, 20))
    order.push('stored')
  })
  const handler = (ctx: Loose): void => {
    ctx.session.user = 'ann'
    ctx.res.once('finish', () => order.push('answered'))
    ctx.redirect('/next')
  }
  const answer = await (await serve(t, handler, { store })).visitor().get('/')
  t.is(answer.status, 302)
  t.truthy(tokenIn(answer))
  t.deepEqual(order, ['stored', 'answered'])
})

const FAILURES = [
  '/throw',
  '/throw-status?status=500',
  '/throw-status?status=503',
  '/throw-string',
  '/throw-odd-status',
  '/throw-unknown-status',
  '/throw-missing-file',
  '/answer?status=500',
  '/answer?status=502',
]

for (const path of FAILURES) {
  test(`${path} is a failure and does not save`, async (t) => {
    const { browser, store } = await begin(t)
    t.true((await browser.get(path)).status >= 500)
    t.deepEqual(store.writes, [])
    t.like((await browser.get('/read')).body, { user: 'ann' })
  })

  test(`${path} is a failure and creates nothing`, async (t) => {
    const store = new WatchedStore()
    const { visitor, events } = await serve(t, app, { store })
    const { cookies } = await visitor().get(path)
    t.deepEqual([cookies, store.calls, events], [[], [], []])
  })

  test(`${path} is a failure that saves with saveOnError`, async (t) => {
    const { browser } = await begin(t, { saveOnError: true })
    t.true((await browser.get(path)).status >= 500)
    t.like((await browser.get('/read')).body, { user: 'bob' })
  })
}

for (const path of [
  '/throw-status?status=401',
  '/throw-status?status=404',
  '/answer?status=400',
  '/answer?status=499',
]) {
  test(`${path} is no failure and saves`, async (t) => {
    const { browser } = await begin(t)
    t.true((await browser.get(path)).status < 500)
    t.like((await browser.get('/read')).body, { user: 'bob' })
  })
}

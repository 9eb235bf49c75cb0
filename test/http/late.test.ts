import test from 'ava'
import { gate } from '../helpers/gate.ts'
import { type Loose, routes, tokenIn } from '../helpers/paths.ts'
import { type Served, serve } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'
import { codeOf, codesOfWrites, WRITES } from '../helpers/writes.ts'

const errorOf = async ({ errors }: Served): Promise<Loose> => {
  while (errors.length === 0) await new Promise((resolve) => setTimeout(resolve, 2))
  return errors[0]
}

const app = routes({
  '/write': ({ session }) => {
    session.user = 'ann'
    session.flash.notice = 'Saved'
  },
  '/read': ({ session }) => ({ ...session }),
})

/** A server whose outermost middleware uses the session after it has been committed. */
const outside = async (t: Loose, late: (ctx: Loose) => unknown) => {
  const store = new WatchedStore()
  const server = await serve(t, app, { store, verifyAddress: true }, (koa) => {
    koa.use(async (ctx, next) => {
      await next()
      if (ctx.query['late'] !== undefined) await late(ctx)
    })
  })
  const browser = server.visitor()
  await browser.get('/write')
  store.forget()
  return { ...server, server, browser, store }
}

const LATE: Record<string, [late: (ctx: Loose) => unknown, name?: RegExp]> = {
  'sets a key': [(ctx) => (ctx.session.late = 1)],
  'replaces the data': [(ctx) => (ctx.session = { late: 1 })],
  'sets a message': [(ctx) => (ctx.session.flash.late = 1)],
  'clears the flash': [(ctx) => ctx.session.clearFlash(), /\bnotice\b/],
  'sets a lifetime': [(ctx) => (ctx.session.idleTimeout = '1h'), /\bidleTimeout\b/],
  'sets an end': [(ctx) => (ctx.session.absoluteTimeout = '1h'), /\babsoluteTimeout\b/],
  'sets whether the cookie stays': [(ctx) => (ctx.session.persistent = true), /\bpersistent\b/],
  'sets a deadline': [(ctx) => ctx.session.expireKey('user', '1h'), /\buser\b/],
  'lets an address go': [(ctx) => (ctx.session.boundAddress = undefined), /\bboundAddress\b/],
}

for (const [what, [late, name = /\blate\b/]] of Object.entries(LATE)) {
  test(`middleware further out that ${what} after the commit is reported`, async (t) => {
    const { server, browser, store } = await outside(t, late)
    await browser.get('/read?late')
    const error = await errorOf(server)
    t.is(error.code, 'ERR_SESSION_LATE_WRITE')
    t.regex(error.message, name)
    t.is(server.errors.length, 1)
    t.deepEqual(store.writes, [])
    t.deepEqual((await browser.get('/read')).body, { user: 'ann' })
  })
}

const AFTER = Object.fromEntries(Object.keys(WRITES).map((way) => [way, 'ERR_SESSION_LATE_WRITE']))

for (const event of ['finish', 'close']) {
  test(`what is written to a session that was kept is an error at the write, at ${event} of the answer`, async (t) => {
    const store = new WatchedStore()
    const codes = gate<object>()
    const handler = (ctx: Loose): void => {
      const { session } = ctx
      session.user = 'ann'
      ctx.body = 'done'
      ctx.res.once(event, () => {
        const members = Object.entries(LATE).map(([what, [late]]) => [what, codeOf(() => late(ctx))])
        codes.open({ ...codesOfWrites(session), ...Object.fromEntries(members) })
      })
    }
    const server = await serve(t, handler, { store })
    await server.visitor().get('/')
    const late = 'ERR_SESSION_LATE_WRITE'
    const members = Object.keys(LATE).map((what) => [what, late])
    t.deepEqual(await codes.opened, { ...AFTER, ...Object.fromEntries(members) })
    t.deepEqual(store.writes, ['set'])
  })
}

test('reading after the answer is fine', async (t) => {
  const seen = gate<object>()
  const handler = (ctx: Loose): void => {
    const { session } = ctx
    session.user = 'ann'
    ctx.body = 'done'
    ctx.res.once('close', () => seen.open({ ...session, id: typeof session.id }))
  }
  const server = await serve(t, handler)
  await server.visitor().get('/')
  t.deepEqual(await seen.opened, { user: 'ann', id: 'string' })
  t.deepEqual(server.errors, [])
})

test('changes inside of values after the commit are reported at the end of the answer', async (t) => {
  const store = new WatchedStore()
  const server = await serve(
    t,
    ({ session }: Loose) => (session.cart = ['tea']),
    { store },
    (koa) => {
      koa.use(async (ctx, next) => {
        await next()
        ctx['session'].cart.push('cup')
      })
    },
  )
  await server.visitor().get('/')
  const error = await errorOf(server)
  t.is(error.code, 'ERR_SESSION_LATE_WRITE')
  t.regex(error.message, /\bcart\b/)
})

test('reading after the commit is fine', async (t) => {
  const { server, browser } = await outside(t, (ctx) => ctx.session.user)
  t.is((await browser.get('/read?late')).status, 200)
  await browser.get('/read')
  t.deepEqual(server.errors, [])
})

test('what is written after the commit and saved by save() is stored', async (t) => {
  const { server, browser } = await outside(t, (ctx) => {
    ctx.session.late = 1
    return ctx.session.save()
  })
  await browser.get('/read?late')
  t.deepEqual((await browser.get('/read')).body, { user: 'ann', late: 1 })
  t.deepEqual(server.errors, [])
})

test('destroy after the commit ends the session and clears the cookie', async (t) => {
  const { browser } = await outside(t, (ctx) => ctx.session.destroy())
  t.is(tokenIn(await browser.get('/read?late')), '')
  t.deepEqual((await browser.get('/read')).body, {})
})

test('ctx.session = null after the commit ends the session', async (t) => {
  const { server, browser } = await outside(t, (ctx) => (ctx.session = null))
  await browser.get('/read?late')
  while (!server.events.some(([name]) => name === 'destroyed')) await new Promise((r) => setTimeout(r, 2))
  t.deepEqual((await browser.get('/read')).body, {})
})

test('ctx.session = null after the commit reports a store that fails', async (t) => {
  const { server, browser, store } = await outside(t, (ctx) => {
    store.failing.set('set', new Error('down'))
    ctx.session = null
  })
  await browser.get('/read?late')
  t.is((await errorOf(server)).code, 'ERR_STORE_UNAVAILABLE')
})

const unsaved = (ctx: Loose): void => {
  ctx.session.noStore = true
  ctx.session.user = 'ann'
  ctx.body = 'done'
}

test('what noStore left unsaved is not reported as late', async (t) => {
  const { visitor, errors } = await serve(t, unsaved, {}, (koa) => {
    koa.use(async (ctx, next) => {
      await next()
      t.is(ctx['session'].user, 'ann')
    })
  })
  await visitor().get('/')
  await visitor().get('/')
  t.deepEqual(errors, [])
})

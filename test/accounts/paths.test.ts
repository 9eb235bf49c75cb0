import test from 'ava'
import type { Context } from 'koa'
import { digestOf } from '../../src/accounts/checks.ts'
import { parseRecord } from '../../src/record.ts'
import { endStoredSession, storedSession } from '../../src/stages.ts'
import type { Loose } from '../helpers/paths.ts'
import { type Accounts, me, serveAccounts } from './accounts.ts'

/** Each way to log in; the visitor has a session already, or not. */
const LOGINS: Readonly<Record<string, (ctx: Context) => unknown>> = {
  'by an assignment': (ctx) => (ctx.session.user = 'ann'),
  'by replacing the data': (ctx) => (ctx.session = { user: 'ann' }),
  'by save': async (ctx) => {
    ctx.session.user = 'ann'
    await ctx.session.save()
  },
  'by update': (ctx) => ctx.session.update((data: { user?: string }) => void (data.user = 'ann')),
  'by regenerate': async (ctx) => {
    await ctx.session.regenerate({ keep: ['cart'] })
    ctx.session.user = 'ann'
  },
  'by regenerate, when the user is there already': async (ctx) => {
    ctx.session.user = 'ann'
    await ctx.session.regenerate({ keep: true })
  },
  'by changeId that nobody waited for': (ctx) => {
    ctx.session.user = 'ann'
    void ctx.session.changeId()
  },
  'by touch': async (ctx) => {
    ctx.session.user = 'ann'
    await ctx.session.touch()
  },
  'with lateStore': (ctx) => {
    ctx.session.lateStore = true
    ctx.session.user = 'ann'
  },
}

/** Each way to be no longer logged in. */
const LOGOUTS: Readonly<Record<string, (session: Loose, ctx: Context) => unknown>> = {
  'by destroy': (session) => session.destroy(),
  'by null': (_session, ctx) => (ctx.session = null),
  'by deleting the subject': (session) => void delete session.user,
  'by replacing the data': (_session, ctx) => (ctx.session = { cart: [] }),
  'by update': (session) => session.update((data: { user?: string }) => void delete data.user),
  'by regenerate': (session) => session.regenerate(),
}

async function idsOf({ accounts }: Accounts, subject = 'ann'): Promise<string[]> {
  return (await accounts.list(subject)).map(({ id }) => id)
}

for (const [how, login] of Object.entries(LOGINS)) {
  for (const before of [false, true]) {
    test(`a login ${how} is listed${before ? ', in a session that was there before' : ''}`, async (t) => {
      const served = await serveAccounts(t, {
        '/in': login,
        '/cart': (ctx) => (ctx.session.cart = [1]),
      })
      const ann = served.visitor()
      if (before) await ann.get('/cart')
      await ann.get('/in')
      // A change of id that nobody waited for takes place after the stage; the next request finds it.
      if (how.includes('nobody waited')) await me(ann)
      t.like(await me(ann), { user: 'ann' })
      t.deepEqual(await idsOf(served), [(await me(ann)).id])
      await served.accounts.endAll('ann')
      t.is((await me(ann)).user, null)
    })
  }
}

for (const [how, logout] of Object.entries(LOGOUTS)) {
  test(`a logout ${how} takes the session off the list`, async (t) => {
    const served = await serveAccounts(t, {
      async '/out'(ctx) {
        await logout(ctx.session, ctx)
      },
    })
    const ann = await served.login()
    await ann.get('/out')
    t.deepEqual(await served.accounts.index.list('ann'), [])
    t.is((await me(ann)).user, null)
  })
}

test('another subject in the same session changes the lists', async (t) => {
  const served = await serveAccounts(t, { '/bob': (ctx) => (ctx.session.user = 'bob') })
  const visitor = await served.login('ann')
  await visitor.get('/bob')
  t.deepEqual(await served.accounts.index.list('ann'), [])
  t.deepEqual(await idsOf(served, 'bob'), [(await me(visitor)).id])
  await served.accounts.endAll('ann')
  t.is((await me(visitor)).user, 'bob')
})

test('a subject that changes inside of a value is noticed', async (t) => {
  const served = await serveAccounts(
    t,
    {
      '/begin': (ctx) => (ctx.session.account = { name: null }),
      '/in': (ctx) => void (ctx.session.account.name = 'ann'),
      '/who': (ctx) => ctx.session.account ?? 'nobody',
    },
    { subject: ({ data }) => (data['account'] as { name: string | null } | undefined)?.name },
  )
  const visitor = served.visitor()
  await visitor.get('/begin')
  await visitor.get('/in')
  t.is((await served.accounts.list('ann')).length, 1)
  await served.accounts.endAll('ann')
  t.is((await visitor.get('/who')).text, 'nobody')
})

test('a session that has run out is not listed', async (t) => {
  const served = await serveAccounts(t)
  await served.login()
  served.clock.advance('3h')
  t.deepEqual(await idsOf(served), [])
  t.deepEqual(await served.accounts.index.list('ann'), [])
})

test('a login that failed is not listed, and ends nobody', async (t) => {
  const served = await serveAccounts(
    t,
    {
      '/fail'(ctx) {
        ctx.session.user = 'ann'
        ctx.throw(500)
      },
    },
    { max: 1 },
  )
  const ann = await served.login()
  await served.visitor().get('/fail')
  t.is((await me(ann)).user, 'ann')
  t.is((await idsOf(served)).length, 1)
})

test('a logout that failed leaves the session listed', async (t) => {
  const served = await serveAccounts(t, {
    '/fail'(ctx) {
      delete ctx.session.user
      ctx.throw(500)
    },
  })
  const ann = await served.login()
  await ann.get('/fail')
  t.is((await me(ann)).user, 'ann')
  t.is((await served.accounts.index.list('ann')).length, 1)
})

test('an index never loads as a session', async (t) => {
  const served = await serveAccounts(t)
  await served.login()
  const id = digestOf('accounts', 'ann')
  const { data } = (await served.store.get(id))!
  t.regex(data, /^1i /)
  t.throws(() => parseRecord(id, { data, version: '1', expiresAt: 0 }), { code: 'ERR_SESSION_CORRUPT' })
  t.is(await storedSession(served.store, id, served.clock()), undefined)
  t.is(await endStoredSession(served.store, id, 'no session', served.clock()), 'gone')
  t.is((await served.store.get(id))!.data, data)
})

import { setTimeout as pause } from 'node:timers/promises'
import test from 'ava'
import Koa from 'koa'
import { ForeignSessionError, MemoryStore, session } from '../../src/index.ts'
import { gate } from '../helpers/gate.ts'
import type { Loose } from '../helpers/paths.ts'
import { me, serveAccounts } from './accounts.ts'

test('one session is ended from another one, and learns why', async (t) => {
  const { accounts, login } = await serveAccounts(t)
  const [phone, desk] = [await login(), await login()]
  t.true(await accounts.end('ann', (await me(phone)).id))
  t.like(await me(phone), { user: null, reason: 'ended by its owner' })
  t.like(await me(desk), { user: 'ann' })
  t.is((await accounts.list('ann')).length, 1)
})

test('a reason of the application is what the client learns', async (t) => {
  const { accounts, login } = await serveAccounts(t)
  const [phone, desk] = [await login(), await login()]
  await accounts.end('ann', (await me(phone)).id, { reason: 'stolen' })
  await accounts.endAll('ann', { reason: 'password changed' })
  t.is((await me(phone)).reason, 'stolen')
  t.is((await me(desk)).reason, 'password changed')
})

test('a session that is gone already is not ended', async (t) => {
  const { accounts, login } = await serveAccounts(t)
  const phone = await login()
  const { id } = await me(phone)
  await phone.get('/logout')
  t.false(await accounts.end('ann', id))
  t.false(await accounts.end('ann', 'no such session'))
})

test("somebody else's session is never ended", async (t) => {
  const { accounts, login } = await serveAccounts(t)
  const [ann, bob] = [await login('ann'), await login('bob')]
  const error = await t.throwsAsync(accounts.end('ann', (await me(bob)).id), {
    instanceOf: ForeignSessionError,
    code: 'ERR_SESSION_FOREIGN',
  })
  t.is(error.status, 404)
  t.is((await me(bob)).user, 'bob')
  t.is((await me(ann)).user, 'ann')
})

test('all sessions but the excepted one end', async (t) => {
  const { accounts, login } = await serveAccounts(t)
  const visitors = await Promise.all(Array.from({ length: 5 }, () => login()))
  const [first, ...others] = visitors
  const bob = await login('bob')
  t.is(await accounts.endAll('ann', { except: (await me(first!)).id }), 4)
  t.is((await me(first!)).user, 'ann')
  for (const other of others) t.like(await me(other), { user: null, reason: 'logged out everywhere' })
  t.is((await me(bob)).user, 'bob')
  t.is((await accounts.list('ann')).length, 1)
})

test('who has a session open in this process hears of its end at once', async (t) => {
  const store = new MemoryStore()
  const { accounts, login, clock } = await serveAccounts(t, {}, { store })
  const phone = await login()
  const opened = (await session(new Koa(), { store, clock }).open({ id: (await me(phone)).id }))!
  await accounts.endAll('ann')
  t.true(opened.signal.aborted)
  t.is(opened.endReason, 'logged out everywhere')
})

test('a session that is not listed ends too', async (t) => {
  const { accounts, login, store, clock } = await serveAccounts(t)
  const phone = await login()
  const { id } = await me(phone)
  const index = accounts.index
  const listed = await index.list('ann')
  await index.remove(
    'ann',
    listed.map(({ key }) => key),
  )
  t.is(await accounts.endAll('ann'), 0)
  clock.advance(1)
  t.truthy(await store.get(id))
  t.like(await me(phone), { user: null, reason: 'logged out everywhere' })
})

test('a login that has begun before all were ended is not logged in', async (t) => {
  const [entered, go] = [gate(), gate()]
  const { accounts, visitor } = await serveAccounts(t, {
    async '/slow-login'(ctx) {
      ctx.session.user = 'ann'
      entered.open()
      await go.opened
    },
  })
  const slow = visitor()
  const answer = slow.get('/slow-login')
  await entered.opened
  await accounts.endAll('ann')
  go.open()
  t.deepEqual((await answer).cookies, [])
  t.is((await me(slow)).user, null)
  t.deepEqual(await accounts.list('ann'), [])
})

test('a login that has saved itself before all were ended is not logged in', async (t) => {
  const [entered, go] = [gate(), gate()]
  const { accounts, visitor } = await serveAccounts(t, {
    async '/slow-login'(ctx) {
      ctx.session.user = 'ann'
      await ctx.session.save()
      entered.open()
      await go.opened
    },
  })
  const slow = visitor()
  const answer = slow.get('/slow-login')
  await entered.opened
  await accounts.endAll('ann')
  go.open()
  await answer
  t.is((await me(slow)).user, null)
})

test('a login after all were ended is logged in, in the same request too', async (t) => {
  const { accounts, visitor, login } = await serveAccounts(t, {
    async '/reset'(ctx) {
      await accounts.endAll('ann')
      await ctx.session.regenerate()
      ctx.session.user = 'ann'
    },
  })
  const old = await login()
  const fresh = visitor()
  await fresh.get('/reset')
  t.is((await me(fresh)).user, 'ann')
  t.is((await me(old)).user, null)
  await accounts.endAll('ann')
  t.is((await me(await login())).user, 'ann')
})

for (const [what, verb] of [
  ['changes its id', (session: Loose) => session.changeId()],
  ['is regenerated with its data', (session: Loose) => session.regenerate({ keep: true })],
] as const) {
  test(`a session that ${what} while all are ended does not escape`, async (t) => {
    const [entered, go] = [gate(), gate()]
    const { accounts, login } = await serveAccounts(t, {
      async '/move'(ctx) {
        t.is(ctx.session.user, 'ann')
        entered.open()
        await go.opened
        await verb(ctx.session)
        ctx.session.more = 1
      },
    })
    const ann = await login()
    const moving = ann.get('/move')
    await entered.opened
    await accounts.endAll('ann')
    go.open()
    await moving
    t.is((await me(ann)).user, null)
  })

  test(`a session that ${what} and is then excepted lives on, and is listed under its new id`, async (t) => {
    const { accounts, login } = await serveAccounts(t, {
      async '/password'(ctx) {
        await verb(ctx.session)
        await accounts.endAll('ann', { except: ctx.session.id })
      },
    })
    const [ann, other] = [await login(), await login()]
    await ann.get('/password')
    t.is((await me(ann)).user, 'ann')
    t.is((await me(other)).user, null)
    t.deepEqual(
      (await accounts.list('ann')).map(({ id }) => id),
      [(await me(ann)).id],
    )
  })

  test(`a session that is excepted and then ${what} lives on`, async (t) => {
    const { accounts, login } = await serveAccounts(t, {
      async '/password'(ctx) {
        await accounts.endAll('ann', { except: ctx.session.id })
        await verb(ctx.session)
      },
    })
    const [ann, other] = [await login(), await login()]
    await ann.get('/password')
    t.is((await me(ann)).user, 'ann')
    t.is((await me(other)).user, null)
    t.is((await accounts.list('ann')).length, 1)
  })
}

test('a login that excepts itself lives', async (t) => {
  const { accounts, login, visitor } = await serveAccounts(t, {
    async '/alone'(ctx) {
      ctx.session.user = 'ann'
      await accounts.endAll('ann', { except: ctx.session.id })
    },
  })
  const other = await login()
  const alone = visitor()
  await alone.get('/alone')
  t.is((await me(alone)).user, 'ann')
  t.is((await me(other)).user, null)
  t.is((await accounts.list('ann')).length, 1)
})

test('a request that runs while its session is ended saves nothing', async (t) => {
  const [entered, go] = [gate(), gate()]
  const { accounts, login, store } = await serveAccounts(t, {
    async '/work'(ctx) {
      ctx.session.work = 1
      entered.open()
      await go.opened
    },
  })
  const ann = await login()
  const { id } = await me(ann)
  const working = ann.get('/work')
  await entered.opened
  await accounts.end('ann', id)
  go.open()
  await working
  await pause(1)
  t.is((await me(ann)).user, null)
  t.false((await store.get(id))?.data.includes('work') ?? false)
})

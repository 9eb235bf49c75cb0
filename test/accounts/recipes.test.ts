import type { ExecutionContext } from 'ava'
import test from 'ava'
import type Koa from 'koa'
import type { Context } from 'koa'
import { session } from '../../src/index.ts'
import { MemoryStore } from '../../src/stores/memory.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { serve } from '../helpers/serve.ts'
import { routes } from '../helpers/paths.ts'
import { me, serveAccounts } from './accounts.ts'

test('a password change ends all other sessions, and the own one goes on under a new token', async (t) => {
  const { accounts, login } = await serveAccounts(t, {
    async '/password'(ctx) {
      await ctx.session.changeId()
      await accounts.endAll(ctx.session.user, { except: ctx.session.id, reason: 'password changed' })
    },
  })
  const [ann, phone, bob] = [await login(), await login(), await login('bob')]
  const before = await me(ann)
  t.is((await ann.get('/password')).cookies.length, 1)
  const after = await me(ann)
  t.is(after.user, 'ann')
  t.not(after.id, before.id)
  t.like(await me(phone), { user: null, reason: 'password changed' })
  t.is((await me(bob)).user, 'bob')
})

test('step-up lasts its time and no longer, whatever the visitor does, and changes the token', async (t) => {
  const { clock, login } = await serveAccounts(t, {
    async '/sudo'(ctx) {
      await ctx.session.changeId()
      ctx.session.sudo = true
      ctx.session.expireKey('sudo', '10m')
    },
    '/delete': (ctx) => (ctx.session.sudo ? 'deleted' : ctx.throw(403)),
    '/work': (ctx) => void (ctx.session.work = clock()),
  })
  const ann = await login()
  t.is((await ann.get('/delete')).status, 403)
  t.is((await ann.get('/sudo')).cookies.length, 1)
  t.is((await ann.get('/delete')).text, 'deleted')
  for (let minute = 0; minute < 10; minute += 1) {
    clock.advance('1m')
    await ann.get('/work')
  }
  t.is((await ann.get('/delete')).text, 'deleted')
  clock.advance(1)
  t.is((await ann.get('/delete')).status, 403)
  t.is((await me(ann)).user, 'ann')
})

/** An application in which an operator can act as somebody else, as docs/accounts.md has it. */
async function serveSupport(t: ExecutionContext) {
  const clock = fakeClock()
  const store = new MemoryStore({ clock })
  const follow = async (ctx: Context, next: () => Promise<unknown>): Promise<void> => {
    if (ctx.acting.operator && ctx.acting.operator !== ctx.session.userId) await ctx.acting.destroy()
    ctx.state.user = ctx.acting.userId ?? ctx.session.userId
    await next()
  }
  const prepare = (app: Koa): void => {
    const acting = { as: 'acting', idleTimeout: '15m', absoluteTimeout: '1h', store, clock } as const
    app.use(session(app, acting) as unknown as Koa.Middleware)
  }
  const table = routes({
    async '/login'(ctx) {
      await ctx.session.regenerate()
      ctx.session.userId = 'operator'
    },
    async '/act'(ctx) {
      await ctx.acting.regenerate()
      Object.assign(ctx.acting, { userId: 'ann', operator: ctx.session.userId })
    },
    '/back': (ctx) => ctx.acting.destroy('back'),
    '/logout': (ctx) => ctx.session.destroy(),
    '/who': (ctx) => ctx.state['user'] ?? 'nobody',
  })
  const served = await serve(
    t,
    (ctx, next) => follow(ctx, async () => table(ctx, next)),
    { store, clock },
    prepare,
  )
  const operator = served.visitor()
  await operator.get('/login')
  const who = async (): Promise<string> => (await operator.get('/who')).text
  return { operator, who, clock }
}

test("impersonation ends back in the operator's session", async (t) => {
  const { operator, who } = await serveSupport(t)
  t.is(await who(), 'operator')
  await operator.get('/act')
  t.is(await who(), 'ann')
  await operator.get('/back')
  t.is(await who(), 'operator')
})

test('impersonation ends by itself', async (t) => {
  const { operator, who, clock } = await serveSupport(t)
  await operator.get('/act')
  for (let quarter = 0; quarter < 4; quarter += 1) {
    clock.advance('14m')
    t.is(await who(), 'ann')
  }
  clock.advance('5m')
  t.is(await who(), 'operator')
})

test('impersonation lives no longer than the session of its operator', async (t) => {
  const { operator, who } = await serveSupport(t)
  await operator.get('/act')
  await operator.get('/logout')
  t.is(await who(), 'nobody')
  await operator.get('/login')
  t.is(await who(), 'operator')
})

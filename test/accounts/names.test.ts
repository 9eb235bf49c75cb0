import test from 'ava'
import { accountSessions } from '../../src/accounts/index.ts'
import { MemoryStore } from '../../src/index.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { routes } from '../helpers/paths.ts'
import { serve } from '../helpers/serve.ts'
import { me, serveAccounts } from './accounts.ts'

test('two account systems on one store keep equal subjects apart', async (t) => {
  const clock = fakeClock()
  const store = new MemoryStore({ clock })
  const users = await serveAccounts(t, {}, { store, clock })
  const admins = await serveAccounts(t, {}, { store, clock, name: 'admins' })
  const [user, admin] = [await users.login('1'), await admins.login('1')]
  t.is((await users.accounts.list('1')).length, 1)
  t.is((await admins.accounts.list('1')).length, 1)
  await t.throwsAsync(users.accounts.end('1', (await me(admin)).id), { code: 'ERR_SESSION_FOREIGN' })
  await users.accounts.endAll('1')
  t.is((await me(user)).user, null)
  t.is((await me(admin)).user, '1')
})

test('one session can belong to two subjects, such as a person and a customer', async (t) => {
  const clock = fakeClock()
  const store = new MemoryStore({ clock })
  const people = accountSessions({ store, subject: ({ data }) => data['user'] })
  const customers = accountSessions({ store, subject: ({ data }) => data['customer'], name: 'customers' })
  const { visitor } = await serve(
    t,
    routes({
      '/in': (ctx) => void Object.assign(ctx.session, { user: ctx.query['user'], customer: 'acme' }),
      '/who': (ctx) => ctx.session.user ?? 'nobody',
    }),
    {
      store,
      clock,
      stages: (all) => all.after('persist', people.stage).after('persist', customers.stage),
    },
  )
  const [ann, bob] = [visitor(), visitor()]
  await ann.get('/in?user=ann')
  await bob.get('/in?user=bob')
  t.is((await people.list('ann')).length, 1)
  t.is((await customers.list('acme')).length, 2)
  await people.endAll('ann')
  t.is((await ann.get('/who')).text, 'nobody')
  t.is((await customers.list('acme')).length, 1)
  await customers.endAll('acme')
  t.is((await bob.get('/who')).text, 'nobody')
})

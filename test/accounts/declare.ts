import test from 'ava'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { me, serveAccounts } from './accounts.ts'
import type { Open } from './stores.ts'

/** What has to hold on every store. */
export function declareAccounts(name: string, open: Open): void {
  test(`${name}: parallel logins are all listed, one is ended, then all but one`, async (t) => {
    const clock = fakeClock()
    const { accounts, login } = await serveAccounts(t, {}, { store: await open(t, clock), clock })
    const visitors = await Promise.all(Array.from({ length: 20 }, () => login()))
    t.is((await accounts.list('ann')).length, 20)
    const [first, second, ...others] = visitors
    t.true(await accounts.end('ann', (await me(first!)).id, { reason: 'lost phone' }))
    t.like(await me(first!), { user: null, reason: 'lost phone' })
    t.is(await accounts.endAll('ann', { except: (await me(second!)).id }), 18)
    t.is((await me(second!)).user, 'ann')
    for (const other of others) t.like(await me(other), { user: null, reason: 'logged out everywhere' })
    t.is((await accounts.list('ann')).length, 1)
  })

  test(`${name}: of parallel logins beyond max exactly max are alive`, async (t) => {
    const clock = fakeClock()
    const { accounts, login } = await serveAccounts(t, {}, { store: await open(t, clock), clock, max: 5 })
    const visitors = await Promise.all(Array.from({ length: 20 }, () => login()))
    const seen = await Promise.all(visitors.map((visitor) => me(visitor)))
    t.is(seen.filter(({ user }) => user === 'ann').length, 5)
    t.is(seen.filter(({ reason }) => reason === 'too many sessions').length, 15)
    t.is((await accounts.list('ann')).length, 5)
  })
}

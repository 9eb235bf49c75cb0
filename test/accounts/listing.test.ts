import test from 'ava'
import { me, serveAccounts } from './accounts.ts'

test('what logs in is listed, with its device, and what logs out is not', async (t) => {
  const { accounts, clock, login } = await serveAccounts(t)
  const phone = await login('ann', { 'user-agent': 'Phone' })
  clock.advance(1000)
  const desk = await login('ann', { 'user-agent': 'x'.repeat(600) })
  await login('bob')
  const { id } = await me(desk)
  const listed = await accounts.list('ann', { current: id })
  t.is(listed.length, 2)
  t.like(listed[0], { id, current: true, device: { userAgent: 'x'.repeat(512), label: undefined } })
  t.like(listed[1], { current: false, device: { userAgent: 'Phone', network: '127.0.0.0/24' } })
  t.is(Number(listed[0]!.authenticatedAt), clock())
  t.is(Number(listed[0]!.createdAt), clock())
  await phone.get('/logout')
  t.deepEqual(
    (await accounts.list('ann')).map((one) => one.id),
    [id],
  )
})

test('a hundred logins at once are all listed', async (t) => {
  const { accounts, login } = await serveAccounts(t)
  await Promise.all(Array.from({ length: 100 }, () => login()))
  t.is((await accounts.list('ann')).length, 100)
})

test('of logins at once beyond max exactly max are alive, and the others know why', async (t) => {
  const { accounts, login } = await serveAccounts(t, {}, { max: 5 })
  const visitors = await Promise.all(Array.from({ length: 100 }, () => login()))
  t.is((await accounts.list('ann')).length, 5)
  const seen = []
  for (const visitor of visitors) seen.push(await me(visitor))
  t.is(seen.filter(({ user }) => user === 'ann').length, 5)
  t.is(seen.filter(({ reason }) => reason === 'too many sessions').length, 95)
  t.is((await accounts.list('ann')).length, 5)
})

import type { ExecutionContext } from 'ava'
import test from 'ava'
import { MemoryStore, type Stored } from '../../src/index.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { tokenIn } from '../helpers/paths.ts'
import { serve } from '../helpers/serve.ts'
import { type Accounts, me, serveAccounts } from './accounts.ts'

/** A store whose indexes can be reached. */
class OpenStore extends MemoryStore {
  readonly indexes: Set<string> = new Set()
  reads = 0
  texts = new Map<string, Stored>()

  override get(id: string): Stored | undefined {
    this.reads += 1
    return super.get(id)
  }

  override set(...args: Parameters<MemoryStore['set']>): ReturnType<MemoryStore['set']> {
    if (args[1].startsWith('1i ')) this.indexes.add(args[0])
    return super.set(...args)
  }

  damage(text: (data: string) => string | undefined): void {
    for (const id of this.indexes) {
      const { data, expiresAt } = super.get(id)!
      super.delete(id)
      const damaged = text(data)
      if (damaged !== undefined) super.set(id, damaged, expiresAt, 'absent')
    }
  }
}

async function serveOpen(
  t: ExecutionContext,
  options: object = {},
): Promise<Accounts & { readonly open: OpenStore }> {
  const clock = fakeClock()
  const open = new OpenStore({ clock })
  return { ...(await serveAccounts(t, {}, { store: open, clock, ...options })), open }
}

const DAMAGES: Readonly<Record<string, (data: string) => string | undefined>> = {
  'is lost': () => undefined,
  'is torn': (data) => data.slice(0, data.length / 2),
  'is empty': () => '',
  'holds something else': () => '1s 1 0 0\n',
  'has lines that say nothing': (data) => {
    const lines = data.slice(data.indexOf('\n')).replaceAll(/\[.*\]/g, '[x')
    return `1i ${lines.length}${lines}`
  },
}

for (const [what, damage] of Object.entries(DAMAGES)) {
  test(`an index that ${what} logs nobody out, and fills again`, async (t) => {
    const { accounts, login, open } = await serveOpen(t)
    const visitors = [await login(), await login(), await login()]
    open.damage(damage)
    for (const visitor of visitors) t.is((await me(visitor)).user, 'ann')
    t.is((await accounts.list('ann')).length, 3)
    await accounts.endAll('ann')
    for (const visitor of visitors) t.is((await me(visitor)).user, null)
  })

  test(`all end although the index ${what}`, async (t) => {
    const { accounts, login, open, clock } = await serveOpen(t)
    const visitors = [await login(), await login()]
    await accounts.endAll('ann')
    clock.advance(1)
    const later = [await login(), await login()]
    open.damage(damage)
    await accounts.endAll('ann')
    for (const visitor of [...visitors, ...later]) t.is((await me(visitor)).user, null)
    t.is((await me(await login())).user, 'ann')
  })

  test(`max holds again after the index ${what}`, async (t) => {
    const { accounts, login, open, clock } = await serveOpen(t, { max: 2 })
    const visitors = [await login()]
    clock.advance(1)
    visitors.push(await login())
    open.damage(damage)
    clock.advance(1)
    visitors.push(await login())
    for (const visitor of visitors) await me(visitor)
    const seen = await Promise.all(visitors.map((visitor) => me(visitor)))
    t.deepEqual(
      seen.map(({ user }) => user),
      [null, 'ann', 'ann'],
    )
    t.is((await accounts.list('ann')).length, 2)
  })
}

test('a record that was lost is taken off the list, after a minute', async (t) => {
  const { accounts, login, open, clock } = await serveOpen(t)
  const { id } = await me(await login())
  await login()
  open.delete(id)
  t.is((await accounts.list('ann')).length, 1)
  t.is((await accounts.index.list('ann')).length, 2)
  clock.advance(60_001)
  t.is((await accounts.list('ann')).length, 1)
  t.is((await accounts.index.list('ann')).length, 1)
})

test('sessions that ran out do not count towards max', async (t) => {
  const { accounts, login, clock } = await serveOpen(t, { max: 3 })
  for (let n = 0; n < 3; n += 1) await login()
  clock.advance('3h')
  const visitors = [await login(), await login(), await login()]
  for (const visitor of visitors) t.is((await me(visitor)).user, 'ann')
  t.is((await accounts.list('ann')).length, 3)
})

test('of a subject that logs in again and again, and never out, the index stays small', async (t) => {
  const { accounts, login, clock } = await serveOpen(t)
  for (let n = 0; n < 60; n += 1) {
    await login()
    clock.advance('30m')
  }
  // Those of the last two hours are alive.
  t.true((await accounts.index.list('ann')).length <= 8)
})

test('a login among ten thousand reads few records', async (t) => {
  const { accounts, login, open, clock } = await serveOpen(t)
  const first = await login()
  const [listed] = await accounts.index.list('ann')
  const claim = { generation: 0, from: 0, to: 0 }
  const limit = { max: undefined, reason: '', lastUse: () => undefined }
  const { entry } = listed!
  // As it came to be, of logins whose sessions have run out: in one record, not by ten thousand writes.
  open.damage((data) => {
    const line = /s \S+ (\[.*\])\n/.exec(data)!
    const many = Array.from({ length: 10_000 }, (_, n) => line[0].replaceAll(entry.id, `gone${n}`))
    const text = many.map((one, n) => one.replace(/^s \S+/, `s key${n}`)).join('')
    const lines = data.slice(data.indexOf('\n')) + text
    return `1i ${lines.length}${lines}`
  })
  t.is((await accounts.index.list('ann')).length, 10_001)
  clock.advance('3h')
  open.reads = 0
  await login()
  t.true(open.reads <= 12, `${open.reads}`)
  t.is((await me(first)).user, null)
  await accounts.index.add('ann', 'more', entry, claim, limit)
  await accounts.list('ann')
  t.is((await accounts.index.list('ann')).length, 2)
})

test('a session from before there were accounts is listed when it is used, and ends with all', async (t) => {
  const clock = fakeClock()
  const store = new MemoryStore({ clock })
  const old = await serve(t, (ctx) => void (ctx.session.user = 'ann'), { store, clock })
  const cookies = []
  for (let n = 0; n < 2; n += 1) cookies.push({ cookie: `sid=${tokenIn(await old.visitor().get('/'))}` })
  const { accounts, visitor } = await serveAccounts(t, {}, { store, clock })
  const userOf = async (cookie: object): Promise<unknown> => {
    const { body } = await visitor().get('/me', cookie as Record<string, string>)
    return (body as { user: unknown }).user
  }
  t.is(await userOf(cookies[0]!), 'ann')
  t.is((await accounts.list('ann')).length, 1)
  clock.advance(1)
  await accounts.endAll('ann')
  for (const cookie of cookies) t.is(await userOf(cookie), null)
})

import { MemoryStore, type SealedStoreContract, type Store, UnsupportedError } from 'koa-session-pipeline'
import { accountSessions, type AccountSessions, RecordIndex } from 'koa-session-pipeline/accounts'
import { isSealed } from 'koa-session-pipeline/stages'
import type { Bench, Outcome, Scenario, ShopData } from '../scenario.ts'

/** Knows whose sessions are whose. Its stage goes after `persist`. */
export function accountsOn(store: Store | SealedStoreContract, clock: () => number): AccountSessions {
  return accountSessions<ShopData>({
    store,
    subject: (session) => session.data.user,
    // The records of sealed sessions are with the clients, so the index needs a place of its own.
    ...(isSealed(store) && { index: new RecordIndex(new MemoryStore({ clock }), { clock }) }),
  })
}

/** Each a browser of its own. */
const DEVICES = ['Laptop', 'Phone', 'Tablet'] as const

/** A page of devices, and one button that ends what is not here. */
export const devices: Scenario = {
  name: 'devices',
  title: 'Your devices',
  about:
    'Ann is logged in on three devices. One click on the laptop ends the sessions of the others. Login and logout need no call: the stage notices them.',
  browsers: DEVICES,
  options: { accounts: true },

  routes(router, { accounts }) {
    router.get('/devices', async (ctx) => {
      const { user, id } = ctx.session
      ctx.body = { devices: user === undefined ? [] : await accounts.list(user, { current: id }) }
    })
    router.post('/devices/end', async (ctx) => {
      const { user, id } = ctx.session
      const except = ctx.query['all'] === undefined ? id : undefined
      if (user === undefined) ctx.status = 401
      else ctx.body = { ended: await accounts.endAll(user, { except }) }
    })
  },

  actions(bench) {
    const somebody = DEVICES.some((name) => bench.client(name).user !== undefined)
    if (!somebody) return [{ label: 'Log in on three devices', play: logIn }]
    return [
      { label: 'Log out everywhere else', play: () => end(bench, '/devices/end') },
      { label: 'Log out everywhere', play: () => end(bench, '/devices/end?all') },
    ]
  },
}

async function logIn(bench: Bench): Promise<Outcome> {
  for (const name of DEVICES) await bench.client(name).post('/login')
  return list(bench, 'Ann is logged in on three devices.')
}

async function end(bench: Bench, path: string): Promise<Outcome> {
  const { status } = await bench.client('Laptop').post(path)
  const others = await Promise.all(DEVICES.slice(1).map((name) => bench.client(name).get('/account')))
  const said = others.map(({ status, body }) => `${status} ${body['why'] ?? ''}`.trim())
  return list(
    bench,
    status === 200 ? `The others answer: ${said.join(', ')}.` : 'The laptop is not logged in.',
  )
}

async function list(bench: Bench, verdict: string): Promise<Outcome> {
  const { status, body } = await bench.client('Laptop').get('/devices')
  if (status !== 200)
    return { verdict: `${verdict} ${UnsupportedError.name}: sealed sessions cannot be listed.` }
  const found = body['devices'] as unknown as {
    device: { userAgent: string; network: string }
    current: boolean
  }[]
  const rows = found.map(({ device, current }) => [
    device.userAgent,
    device.network,
    current ? 'this device' : 'another one',
  ])
  return {
    verdict,
    table: { head: ['Your devices', 'Network', ''], rows: rows.length > 0 ? rows : [['none', '', '']] },
  }
}

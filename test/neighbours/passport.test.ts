import test, { type ExecutionContext } from 'ava'
import { CARRIERS } from './carriers.ts'
import { ANN, type Application, passportApp } from './passport-app.ts'
import { STORES, stopServers } from './stores.ts'

test.after.always('the servers are stopped', stopServers)

const NOBODY = { user: 'nobody', cart: [] }
const LOGGED_IN = { user: 'ann', cart: [] }

for (const [how, carrier] of Object.entries(CARRIERS)) {
  for (const [store, open] of Object.entries(STORES)) {
    // What is sealed lives on in its old tokens: nothing on the server could say otherwise.
    const sealed = store === 'SealedStore'
    const start = async (t: ExecutionContext): Promise<Application> =>
      passportApp(t, carrier(), { store: await open(t) })

    test(`${store}, ${how}: login begins an empty session under a new token, logout ends it`, async (t) => {
      const client = (await start(t)).client()
      t.is((await client.post('/login', { ...ANN, password: 'wrong' })).status, 401)
      t.like((await client.post('/cart')).body, { user: 'nobody', cart: ['tea'] })
      const before = client.copy()
      t.like((await client.post('/login', ANN)).body, LOGGED_IN)
      t.not(client.token, before.token)
      t.like((await client.get('/')).body, LOGGED_IN)
      t.like((await before.get('/')).body, sealed ? { user: 'nobody', cart: ['tea'] } : NOBODY)
      const stolen = client.copy()
      t.like((await client.post('/logout')).body, NOBODY)
      t.like((await client.get('/')).body, NOBODY)
      t.like((await stolen.get('/')).body, sealed ? LOGGED_IN : NOBODY)
    })

    test(`${store}, ${how}: keepSessionInfo carries the data through login and logout`, async (t) => {
      const client = (await start(t)).client()
      await client.post('/cart')
      const tokens = [client.token]
      for (const [path, user] of [
        ['/login?keep', 'ann'],
        ['/logout?keep', 'nobody'],
      ] as const) {
        t.like((await client.post(path, ANN)).body, { user, cart: ['tea'] })
        t.like((await client.get('/')).body, { user, cart: ['tea'] })
        tokens.push(client.token)
      }
      t.is(new Set(tokens).size, 3)
    })

    test(`${store}, ${how}: a login that is clicked twice logs in with either answer`, async (t) => {
      const app = await start(t)
      const first = app.client()
      await first.post('/cart')
      const [late, meanwhile] = [first.copy(), first.copy()]
      // This one has loaded the session when the other login moves it.
      const waiting = meanwhile.post('/login?wait', ANN)
      await app.waiting.reached
      await first.post('/login', ANN)
      app.waiting.go()
      t.is((await waiting).status, 200)
      t.is((await late.post('/login', ANN)).status, 200)
      for (const client of [first, late, meanwhile]) t.like((await client.get('/')).body, LOGGED_IN)
      t.is(new Set([first.token, late.token, meanwhile.token]).size, 3)
      t.deepEqual(app.errors, [])
    })

    test(`${store}, ${how}: a logout that is clicked again with the old token is no error`, async (t) => {
      const app = await start(t)
      const client = app.client()
      await client.post('/login', ANN)
      const again = client.copy()
      await client.post('/logout')
      t.is((await again.post('/logout')).status, 200)
      for (const one of [client, again]) t.like((await one.get('/')).body, NOBODY)
      t.deepEqual(app.errors, [])
    })
  }
}

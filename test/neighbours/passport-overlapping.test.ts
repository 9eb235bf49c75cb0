import test, { type ExecutionContext } from 'ava'
import { MemoryStore } from '../../src/index.ts'
import { CARRIERS } from './carriers.ts'
import { ANN, type Application, passportApp } from './passport-app.ts'

// Two clicks on logout, of which the second has loaded the session before the first ends it.

const NOBODY = { user: 'nobody', cart: [] }

const twice = async (t: ExecutionContext, app: Application, path: string) => {
  const first = app.client()
  await first.post('/login', ANN)
  const second = first.copy()
  const late = second.post(`${path}?wait`)
  await app.waiting.reached
  t.like((await first.post(path)).body, NOBODY)
  app.waiting.go()
  const answer = await late
  for (const one of [first, second]) t.like((await one.get('/')).body, NOBODY)
  return answer
}

for (const [how, carrier] of Object.entries(CARRIERS)) {
  test(`${how}: Passport's logout says that the other one was faster, as it could not save`, async (t) => {
    const app = await passportApp(t, carrier(), { store: new MemoryStore() })
    const { status } = await twice(t, app, '/logout')
    t.is(status, 503)
    t.like(app.errors, { length: 1, 0: { code: 'ERR_SESSION_CONFLICT' } })
  })

  test(`${how}: with a lock on the route, Passport's logout can be clicked twice`, async (t) => {
    const app = await passportApp(
      t,
      carrier(),
      { store: new MemoryStore() },
      (sessions) => (ctx, next) => sessions().with({ concurrency: 'lock' })(ctx, next),
    )
    t.is((await twice(t, app, '/logout')).status, 200)
    t.deepEqual(app.errors, [])
  })

  test(`${how}: destroy can be clicked twice`, async (t) => {
    const app = await passportApp(t, carrier(), { store: new MemoryStore() })
    t.is((await twice(t, app, '/end')).status, 200)
    t.deepEqual(app.errors, [])
  })
}

import test from 'ava'
import { routes } from '../helpers/paths.ts'
import { pause } from '../helpers/pause.ts'
import { serve } from '../helpers/serve.ts'

test('of two deadlines that were set for a key the earlier one holds', async (t) => {
  for (const [slow, fast] of [
    ['1h', '1m'],
    ['1m', '1h'],
  ] as const) {
    const hold = pause()
    const server = await serve(
      t,
      routes({
        '/first': ({ session }) => void (session.step = 'up'),
        '/slow': async ({ session }) => {
          session.expireKey('step', slow)
          await hold.here()
        },
        '/fast': ({ session }) => session.expireKey('step', fast),
        '/left': ({ session }) => ({ ...session }),
      }),
    )
    const visitor = server.visitor()
    await visitor.get('/first')
    await hold.during(visitor.get('/slow'), () => visitor.get('/fast'))
    server.clock.advance('1m')
    t.deepEqual((await visitor.get('/left')).body, { step: 'up' })
    server.clock.advance(1)
    t.deepEqual((await visitor.get('/left')).body, {})
  }
})

test('a shorter idle timeout that one request sets holds for what another one saves, too', async (t) => {
  const hold = pause()
  const server = await serve(
    t,
    routes({
      '/first': ({ session }) => void (session.user = 'ann'),
      '/slow': async ({ session }) => {
        session.slow = 1
        await hold.here()
      },
      '/fast': ({ session }) => void (session.idleTimeout = '5m'),
      '/left': ({ session }) => ({ ...session }),
    }),
  )
  const visitor = server.visitor()
  await visitor.get('/first')
  await hold.during(visitor.get('/slow'), () => visitor.get('/fast'))
  server.clock.advance('5m')
  server.clock.advance(1)
  t.deepEqual((await visitor.get('/left')).body, {})
})

test('so it does for what another one only reads', async (t) => {
  const hold = pause()
  const server = await serve(
    t,
    routes({
      '/first': ({ session }) => void (session.user = 'ann'),
      '/slow': async ({ session }) => {
        t.is(session.user, 'ann')
        await hold.here()
      },
      '/fast': ({ session }) => void (session.idleTimeout = '5m'),
      '/left': ({ session }) => ({ ...session }),
    }),
    { expiryThreshold: 0 },
  )
  const visitor = server.visitor()
  await visitor.get('/first')
  const slowly = visitor.get('/slow')
  await hold.reached
  await visitor.get('/fast')
  server.clock.advance('2m')
  hold.go()
  await slowly
  server.clock.advance('5m')
  t.deepEqual((await visitor.get('/left')).body, { user: 'ann' })
  server.clock.advance('5m')
  server.clock.advance(1)
  t.deepEqual((await visitor.get('/left')).body, {})
})

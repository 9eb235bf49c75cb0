import test from 'ava'
import { HeaderState, ParameterState, SealedStore } from '../../src/index.ts'
import { login, sockets } from './sockets.ts'

const KEYS = ['a secret of at least thirty-two characters']
const user = (session: Record<string, unknown>) => session['user']

test('the token may come in a header', async (t) => {
  const server = await sockets(t, user, { state: new HeaderState() })
  const { headers } = await server.visitor().get('/login')
  const token = headers['x-session-token']!
  t.is(await (await server.connect({ 'x-session-token': token })).ask(''), 'Ann')
})

test('the token may come in a parameter', async (t) => {
  const server = await sockets(t, user, { state: [new HeaderState(), new ParameterState()] })
  const { headers } = await server.visitor().get('/login')
  const { ask } = await server.connect({}, `/?sid=${headers['x-session-token']!}`)
  t.is(await ask(''), 'Ann')
  t.is((await server.connect({}, '/?sid=none')).refused, 401)
})

test('a signed cookie is verified', async (t) => {
  const server = await sockets(t, user, { cookie: { signed: true } })
  server.app.keys = ['key']
  const { cookies } = await server.visitor().get('/login')
  const cookie = cookies[0]!.split(';')[0]!
  t.is(await (await server.connect({ cookie })).ask(''), 'Ann')
  t.is((await server.connect({ cookie: cookie.slice(0, -2) })).refused, 401)
})

test('a sealed session is read, ends by its deadline, and cannot be saved', async (t) => {
  const store = new SealedStore({ keys: KEYS })
  const server = await sockets(t, user, { store, idleTimeout: '1h' }, { recheck: 10 })
  const { cookie, id } = await login(server)
  const { ask } = await server.connect({ cookie })
  t.is(await ask(''), 'Ann')
  const session = server.opened[0]!
  session['more'] = 1
  await t.throwsAsync(session.save(), { code: 'ERR_HEADERS_SENT' })
  await t.throwsAsync(server.sessions.open({ id }), {
    code: 'ERR_SESSION_UNSUPPORTED',
    message: /travels in its token/,
  })
  server.clock.advance('2h')
  if (!session.signal.aborted)
    await new Promise((resolve) => session.signal.addEventListener('abort', resolve))
  t.is(session.endReason, 'session expired')
})

import { EventEmitter } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import test from 'ava'
import { StoreUnavailableError } from '../../../src/index.ts'
import { RedisStore } from '../../../src/stores/redis/index.ts'
import { RedisServer, withRedis } from '../../servers/redis.ts'

const SOON = Date.now() + 3_600_000
const DEADLINE = 100

type Send = (args: string[]) => Promise<unknown>

/** A client as node-redis makes it, in front of whatever answers. */
class Client extends EventEmitter {
  isOpen = true
  isReady = true
  readonly sent: string[][] = []
  answer: Send

  constructor(answer: Send) {
    super()
    this.answer = answer
  }

  sendCommand(args: string[]): Promise<unknown> {
    this.sent.push(args)
    return this.answer(args)
  }
}

const never = (): Promise<never> => new Promise(() => {})
const isScript = ([command]: string[]): boolean => command === 'EVALSHA' || command === 'EVAL'

async function failureOf(work: Promise<unknown>): Promise<StoreUnavailableError> {
  const error: unknown = await work.catch((error: unknown) => error)
  if (error instanceof StoreUnavailableError) return error
  throw new Error('It did not fail as a store that is not there.')
}

test('whatever the client does, each operation is over in time and says whether it may have taken place', async (t) => {
  const store = new RedisStore({ client: new Client(never), timeout: DEADLINE })
  const operations: [string, () => Promise<unknown>][] = [
    ['none', () => store.get('id')],
    ['unknown', () => store.set('id', 'data', SOON, 'absent')],
    ['unknown', () => store.touch('id', SOON, 'x'.repeat(22))],
    ['unknown', () => store.delete('id')],
    ['none', () => store.lock('id', { wait: 10_000, lease: 1_000 })],
    ['none', () => store.verify()],
  ]
  for (const [outcome, operation] of operations) {
    const began = performance.now()
    t.is((await failureOf(operation())).outcome, outcome as 'none')
    t.true(performance.now() - began < 8_000, 'not by the wait, nor never')
  }
})

test('while the client connects nothing is sent, so that nothing happens when the request has long failed', async (t) => {
  const client = new Client(async () => null)
  client.isReady = false
  const store = new RedisStore({ client, timeout: DEADLINE })
  t.is((await failureOf(store.delete('late'))).outcome, 'none')
  const waiting = store.get('id')
  client.isReady = true
  client.emit('ready')
  t.is(await waiting, undefined)
  await delay(5)
  t.deepEqual(client.sent, [['GET', 'session:id']])
})

test('a client that is told to keep nothing for later fails at once', async (t) => {
  const client = new Client(() => Promise.reject(new Error('The client is offline')))
  const store = new RedisStore({
    client: Object.assign(client, { isReady: false, options: { disableOfflineQueue: true } }),
    timeout: '1m',
  })
  t.is((await failureOf(store.set('id', 'data', SOON, 'absent'))).outcome, 'none')
})

test('a lock that comes too late is given back', async (t) => {
  const client = new Client(never)
  const store = new RedisStore({ client, timeout: DEADLINE })
  await failureOf(store.lock('id', { wait: 10_000, lease: 60_000 }))
  const [[, , , key, token], release] = client.sent as [string[], string[]]
  t.deepEqual(release.slice(3), [key, token])
})

test('an error event of the client ends nothing', (t) => {
  const client = new Client(never)
  const store = new RedisStore({ client })
  t.true(client.emit('error', new Error('connection lost')))
  store.close()
  t.is(client.eventNames().length, 0, 'a closed store listens to nothing')
})

withRedis('a write whose answer was lost is found out about by its version', async (t) => {
  const server = await RedisServer.start()
  t.teardown(() => server.stop())
  const real: Send = ([command, ...args]) => server.ask(command!, ...args)
  const client = new Client(real)
  const store = new RedisStore({ client, timeout: '5s' })
  const lost = new Error('Socket closed unexpectedly')

  client.answer = async (args) => {
    const reply = await real(args)
    if (isScript(args)) throw lost
    return reply
  }
  t.true((await store.set('id', 'one', SOON, 'absent')).ok)
  const { version } = (await store.get('id'))!
  const written = await store.set('id', 'two', SOON, { version })
  t.true(written.ok)
  t.like(await store.get('id'), { data: 'two', version: (written as { version: string }).version })

  // Never got there.
  client.answer = (args) => (isScript(args) ? Promise.reject(lost) : real(args))
  t.is((await failureOf(store.set('id', 'three', SOON, 'present'))).outcome, 'unknown')
  t.like(await store.get('id'), { data: 'two' })
})

withRedis('a write that the client sends once more by itself counts once', async (t) => {
  const server = await RedisServer.start()
  t.teardown(() => server.stop())
  const real: Send = ([command, ...args]) => server.ask(command!, ...args)
  const client = new Client(real)
  const store = new RedisStore({ client, timeout: '5s' })
  const other = new RedisStore({ client: new Client(real), timeout: '5s' })
  await store.set('id', 'one', SOON, 'absent')

  const before = (await store.get('id'))!
  client.answer = (args) => real(args).then(() => real(args))
  t.true((await store.set('id', 'two', SOON, { version: before.version })).ok)

  const after = (await store.get('id'))!
  client.answer = async (args) => {
    if (!isScript(args)) return real(args)
    await real(args)
    client.emit('close')
    await other.set('id', 'three, on top of it', SOON, 'present')
    return real(args)
  }
  const error = await failureOf(store.set('id', 'mine', SOON, { version: after.version }))
  t.is(error.outcome, 'unknown', 'not a conflict: whoever tries again would count twice')
})

import { setTimeout as delay } from 'node:timers/promises'
import type { ExecutionContext } from 'ava'
import { application } from '../../proof/application.ts'
import { serveHere } from '../../proof/client.ts'
import { RedisServer, withRedisInTurn } from '../../servers/redis.ts'
import { type Kind, OwnedStore } from './clients.ts'
import { Load } from './load.ts'
import { TimedStore } from './timed-store.ts'

/** What one operation of the store may take. */
const TIMEOUT = 400
const SLACK = 100
const RECOVERY = 500
const KINDS: readonly Kind[] = ['ioredis', 'redis']

interface Fault {
  readonly name: string
  /** Makes it happen, lets it last, ends it. */
  readonly happen: (server: RedisServer) => Promise<unknown>
  /** What a request may be answered with meanwhile. */
  readonly allowed: RegExp
}

const UNAVAILABLE = /^200|^503 ERR_STORE_UNAVAILABLE/

const FAULTS: readonly Fault[] = [
  {
    name: 'the server is killed and started again',
    async happen(server) {
      await server.kill()
      await delay(300)
      await server.restart()
    },
    allowed: UNAVAILABLE,
  },
  {
    name: 'the server stands still for longer than the deadline, and goes on',
    async happen(server) {
      server.freeze()
      await delay(TIMEOUT + 400)
      server.thaw()
    },
    allowed: UNAVAILABLE,
  },
  {
    name: 'the server stands still for a moment',
    async happen(server) {
      server.freeze()
      await delay(TIMEOUT / 4)
      server.thaw()
    },
    allowed: UNAVAILABLE,
  },
  {
    name: 'connections are cut, again and again',
    async happen(server) {
      for (let cut = 0; cut < 12; cut += 1) {
        await server.ask('CLIENT', 'KILL', 'TYPE', 'normal')
        await delay(60)
      }
    },
    allowed: UNAVAILABLE,
  },
  {
    name: 'the server becomes a read-only replica for a while',
    async happen(server) {
      // Of nobody, as nothing listens there: it keeps its data.
      await server.ask('REPLICAOF', '127.0.0.1', '1')
      await delay(300)
      await server.ask('REPLICAOF', 'NO', 'ONE')
    },
    allowed: UNAVAILABLE,
  },
  {
    name: 'the server has no memory left for a while',
    async happen(server) {
      await server.ask('CONFIG', 'SET', 'maxmemory', '1')
      await delay(300)
      await server.ask('CONFIG', 'SET', 'maxmemory', '0')
    },
    allowed: /^200|^503 ERR_STORE_FULL/,
  },
  {
    name: 'the server forgets its scripts, again and again',
    async happen(server) {
      for (let flush = 0; flush < 20; flush += 1) {
        await server.ask('SCRIPT', 'FLUSH')
        await delay(15)
      }
    },
    allowed: /^200/,
  },
]

for (const kind of KINDS) {
  for (const fault of FAULTS) {
    withRedisInTurn(
      `${kind}: ${fault.name}: 200 or 503 in time, nothing lost, no cookie, well at once`,
      async (t) => {
        // A machine that is busy with other things proves nothing about time: once more.
        let late = 'not tried'
        for (let tries = 0; tries < 3 && late !== ''; tries += 1) late = await endure(t, kind, fault)
        t.is(late, '')
      },
    )
  }
}

/** What took too long, if anything. */
async function endure(t: ExecutionContext, kind: Kind, { happen, allowed }: Fault): Promise<string> {
  // So that what it has acknowledged outlives a kill.
  const server = await RedisServer.start('--appendonly', 'yes', '--appendfsync', 'always')
  t.teardown(() => server.stop())
  const owned = await OwnedStore.open(kind, [server.port], { timeout: TIMEOUT })
  t.teardown(() => owned.close())
  const store = new TimedStore(owned)
  const { url, stop } = await serveHere(application({ store }))
  t.teardown(stop)

  const load = await Load.begin(url)
  const running = load.run()
  await delay(150)
  await happen(server)
  const recovery = await load.untilWell(5_000)
  await delay(150)
  load.stop()
  await running

  t.log(`${load.toString()}; well after ${recovery} ms; slowest operation ${store.slowest} ms`)
  t.deepEqual(
    load.outcomes().filter((outcome) => !allowed.test(outcome)),
    [],
  )
  t.deepEqual(load.cookies, [], 'cookies that came with failures, or took the place of a living one')
  t.is(await load.missing(), '')
  const pauses = load.pauses()
  if (recovery > RECOVERY + pauses) return `well only after ${recovery} ms`
  if (store.slowest > TIMEOUT + SLACK + pauses) return `an operation took ${store.slowest} ms`
  // To begin a session takes one operation. Where requests meet in one session, some have to try more than once.
  if (load.slowestStart > TIMEOUT + SLACK + pauses) return `a new session took ${load.slowestStart} ms`
  return ''
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort, kill, start } from './process.ts'
import { REDIS_PROGRAM, RedisServer } from './redis.ts'

/** The name that the Sentinel knows the master by. */
export const MASTER = 'main'

/** A master, a replica of it, and a Sentinel that may promote the replica. */
export interface Guarded {
  readonly port: number
  readonly servers: readonly [RedisServer, RedisServer]
  readonly stop: () => Promise<void>
}

export async function startGuarded(): Promise<Guarded> {
  const first = await RedisServer.start()
  const second = await RedisServer.start('--replicaof', '127.0.0.1', String(first.port))
  const port = await freePort()
  const dir = mkdtempSync(join(tmpdir(), 'sentinel-'))
  // A Sentinel keeps what it learns in its settings.
  const settings = join(dir, 'sentinel.conf')
  writeFileSync(
    settings,
    [
      `port ${port}`,
      'bind 127.0.0.1',
      `sentinel monitor ${MASTER} 127.0.0.1 ${first.port} 1`,
      `sentinel down-after-milliseconds ${MASTER} 500`,
      `sentinel failover-timeout ${MASTER} 3000`,
    ].join('\n'),
  )
  const child = await start(REDIS_PROGRAM, [settings, '--sentinel'], dir)
  const guarded: Guarded = {
    port,
    servers: [first, second],
    async stop() {
      await Promise.all([kill(child), first.stop(), second.stop()])
      rmSync(dir, { recursive: true, force: true })
    },
  }
  await untilSynced(guarded)
  return guarded
}

/** Resolves when the Sentinel knows the replica, and the replica has what the master has. */
async function untilSynced({ port, servers: [, replica] }: Guarded): Promise<void> {
  const until = Date.now() + 20_000
  for (;;) {
    const known = String(await RedisServer.askAt(port, 'SENTINEL', 'REPLICAS', MASTER).catch(() => ''))
    const info = String(await replica.ask('INFO', 'replication'))
    if (known.includes(String(replica.port)) && info.includes('master_link_status:up')) return
    if (Date.now() > until) throw new Error('The Sentinel did not find the replica.')
    await delay(50)
  }
}

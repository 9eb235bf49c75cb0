import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import test, { type TestFn } from 'ava'
import { Redis } from 'ioredis'
import { freePort, hasProgram, kill, start } from './process.ts'

export const REDIS_PROGRAM: string = process.env['REDIS_SERVER'] ?? 'redis-server'
const there = hasProgram(REDIS_PROGRAM)

/** For tests that need a Redis server: skipped, and AVA says so, where there is none. */
export const withRedis: TestFn | TestFn['skip'] = there ? test : test.skip

/** The same, one after another: for what has to be on time, or keeps the machine busy. */
export const withRedisInTurn: typeof test.serial | typeof test.serial.skip = there
  ? test.serial
  : test.serial.skip

export const redisIsHere: boolean = there

const PATIENCE = 10_000

/** A Redis server of our own on a free port; it keeps nothing on disk unless told to. */
export class RedisServer {
  readonly port: number
  readonly #dir: string
  readonly #args: readonly string[]
  #child: ChildProcess | undefined

  private constructor(port: number, args: readonly string[]) {
    this.port = port
    this.#dir = mkdtempSync(join(tmpdir(), 'redis-'))
    this.#args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', this.#dir, ...args]
  }

  static async start(...args: string[]): Promise<RedisServer> {
    const server = new RedisServer(await freePort(args.includes('--cluster-enabled')), args)
    await server.restart()
    return server
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** Starts it again on the same port; resolves when it answers. */
  async restart(): Promise<void> {
    await this.kill()
    this.#child = await start(REDIS_PROGRAM, this.#args, this.#dir)
    const until = Date.now() + PATIENCE
    while ((await this.ask('PING').catch(() => undefined)) !== 'PONG') {
      if (Date.now() > until) throw new Error(`${REDIS_PROGRAM} did not start on port ${this.port}.`)
      await delay(5)
    }
  }

  /** As `kill -9`. */
  async kill(): Promise<void> {
    if (this.#child) await kill(this.#child)
  }

  /** It stands still, and its connections stay open. */
  freeze(): void {
    this.#child?.kill('SIGSTOP')
  }

  thaw(): void {
    this.#child?.kill('SIGCONT')
  }

  async stop(): Promise<void> {
    await this.kill()
    rmSync(this.#dir, { recursive: true, force: true })
  }

  /** One command, on a connection of its own. */
  ask(command: string, ...args: string[]): Promise<unknown> {
    return RedisServer.askAt(this.port, command, ...args)
  }

  static async askAt(port: number, command: string, ...args: string[]): Promise<unknown> {
    const client = new Redis(port, '127.0.0.1', { retryStrategy: null, lazyConnect: true })
    client.on('error', () => {})
    try {
      await client.connect()
      return await client.call(command, ...args)
    } finally {
      client.disconnect()
    }
  }

  /** How often each command was run since `CONFIG RESETSTAT`, scripts and what they run included. */
  async counts(): Promise<Record<string, number>> {
    const lines = String(await this.ask('INFO', 'commandstats')).matchAll(/^cmdstat_([\w|]+):calls=(\d+)/gm)
    return Object.fromEntries([...lines].map(([, command, calls]) => [command!, Number(calls)]))
  }
}

/** Three masters without replicas, which share the slots. */
export async function startCluster(...more: string[]): Promise<readonly RedisServer[]> {
  const args = [
    '--cluster-enabled',
    'yes',
    '--cluster-config-file',
    'nodes.conf',
    '--cluster-node-timeout',
    '1000',
  ]
  const nodes: RedisServer[] = []
  for (let n = 0; n < 3; n += 1) nodes.push(await RedisServer.start(...args, ...more))
  const share = Math.ceil(16_384 / nodes.length)
  for (const [n, node] of nodes.entries()) {
    const last = Math.min(16_384, (n + 1) * share) - 1
    await node.ask('CLUSTER', 'ADDSLOTSRANGE', String(n * share), String(last))
    if (n > 0) await node.ask('CLUSTER', 'MEET', '127.0.0.1', String(nodes[0]!.port))
  }
  await untilClusterIsWell(nodes)
  return nodes
}

/** Resolves when each of them says so. */
export async function untilClusterIsWell(nodes: readonly RedisServer[]): Promise<void> {
  const until = Date.now() + 3 * PATIENCE
  for (const node of nodes) {
    while (!String(await node.ask('CLUSTER', 'INFO')).startsWith('cluster_state:ok')) {
      if (Date.now() > until) throw new Error('The Cluster did not come together.')
      await delay(50)
    }
  }
}

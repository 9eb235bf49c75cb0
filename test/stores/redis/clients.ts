import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import { RedisStore, type RedisClient, type RedisStoreOptions } from '../../../src/stores/redis/index.ts'

export type Kind = 'ioredis' | 'redis' | 'ioredis Cluster' | 'redis Cluster'

interface Connected {
  readonly client: RedisClient
  readonly end: () => void
}

/** A store with a client of its own, which ends with it. */
export class OwnedStore extends RedisStore {
  readonly kind: Kind
  readonly ports: readonly number[]
  readonly prefix: string
  readonly #end: () => void

  private constructor(kind: Kind, ports: readonly number[], connected: Connected, options: Options) {
    super({ client: connected.client, timeout: '10s', ...options })
    this.kind = kind
    this.ports = ports
    this.prefix = options.prefix ?? 'session:'
    this.#end = connected.end
  }

  static async open(kind: Kind, ports: readonly number[], options: Options = {}): Promise<OwnedStore> {
    return new OwnedStore(kind, ports, await CONNECT[kind](ports), options)
  }

  override close(): void {
    super.close()
    this.#end()
  }
}

type Options = Omit<RedisStoreOptions, 'client'>

const CONNECT: Readonly<Record<Kind, (ports: readonly number[]) => Promise<Connected>>> = {
  async ioredis([port]) {
    const client = new Redis(port!, '127.0.0.1', { retryStrategy: () => 50 })
    return { client, end: () => client.disconnect() }
  },
  async redis([port]) {
    const client = createClient({ socket: { port: port!, host: '127.0.0.1', reconnectStrategy: () => 50 } })
    client.on('error', () => {})
    await client.connect()
    return { client, end: () => client.destroy() }
  },
  async 'ioredis Cluster'(ports) {
    const client = new Cluster(ports.map((port) => ({ host: '127.0.0.1', port })))
    client.on('error', () => {})
    return { client, end: () => client.disconnect() }
  },
  async 'redis Cluster'(ports) {
    const client = createCluster({ rootNodes: ports.map((port) => ({ url: `redis://127.0.0.1:${port}` })) })
    client.on('error', () => {})
    await client.connect()
    return { client, end: () => client.destroy() }
  },
}

import { describe } from '../../checks/messages.ts'
import { SessionConfigError } from '../../errors.ts'

interface Emitter {
  on(event: string, listener: () => void): unknown
  off(event: string, listener: () => void): unknown
}

/** `Redis` and `Cluster` of ioredis. */
interface IoRedis extends Emitter {
  call(command: string, ...args: string[]): Promise<unknown>
}

/** What `createClient` and `createClientPool` of node-redis make. */
interface NodeRedis extends Emitter {
  sendCommand(args: string[]): Promise<unknown>
}

/** What `createSentinel` of node-redis makes. */
interface NodeRedisSentinel extends Emitter {
  sendCommand(isReadonly: boolean, args: string[]): Promise<unknown>
  getMasterNode: unknown
}

/** What `createCluster` of node-redis makes. */
interface NodeRedisCluster extends Emitter {
  sendCommand(firstKey: string | undefined, isReadonly: boolean, args: string[]): Promise<unknown>
  masters: unknown
}

/** A client of `redis` (node-redis) or of `ioredis`, as far as this package uses it. */
export type RedisClient = IoRedis | NodeRedis | NodeRedisSentinel | NodeRedisCluster

/** What may tell how a client is; which of it is there differs from client to client. */
interface State {
  readonly status?: string
  readonly isCluster?: boolean
  readonly isOpen?: boolean
  readonly isReady?: boolean
  readonly options?: {
    readonly enableOfflineQueue?: boolean
    readonly disableOfflineQueue?: boolean
    readonly scaleReads?: unknown
  }
}

/** The states of ioredis in which it keeps commands for later. */
const HOLDING: ReadonlySet<unknown> = new Set(['connecting', 'connect', 'close', 'reconnecting'])

interface Gate {
  readonly opened: Promise<void>
  readonly open: () => void
}

/**
 * What clients call it when a connection breaks. To listen to `error` also keeps it from ending the process; what goes
 * wrong is told by the commands.
 */
const LOST = ['close', '-node', 'reconnecting', 'topology-change', 'error'] as const

/** One face for all clients. `exec` takes a whole command, and the key that says where in a Cluster it goes. */
export class Connection {
  readonly clustered: boolean
  /**
   * How often a connection broke, as far as the client tells. ioredis and the Sentinel of node-redis then send once
   * more what was under way, and say nothing of it.
   */
  losses = 0
  readonly #client: RedisClient
  readonly #exec: (key: string | undefined, args: string[]) => Promise<unknown>
  #whenReady: Gate | undefined
  readonly #listeners: readonly (readonly [string, () => void])[]

  /** @throws SessionConfigError for what is no such client */
  constructor(client: RedisClient) {
    this.#client = client
    this.#exec = howToCall(client)
    this.clustered = 'masters' in client || this.#state.isCluster === true
    const { scaleReads = 'master' } = this.#state.options ?? {}
    if (this.clustered && scaleReads !== 'master') {
      throw new SessionConfigError(
        "Expected the Cluster of RedisStore to have scaleReads: 'master': replicas still show sessions that have ended.",
      )
    }
    const lost = (): void => void (this.losses += 1)
    const ready = (): void => this.#ready()
    this.#listeners = [...LOST.map((event) => [event, lost] as const), ['ready', ready], ['end', ready]]
    for (const [event, listener] of this.#listeners) client.on(event, listener)
  }

  /** Nobody has connected it yet, or it has been ended. */
  get idle(): boolean {
    const { status, isOpen } = this.#state
    return status === undefined ? isOpen === false : status === 'end'
  }

  /** The client would only keep a command for later, as it does while it connects. */
  get holding(): boolean {
    const { status, isOpen, isReady, options } = this.#state
    if (options?.enableOfflineQueue === false || options?.disableOfflineQueue === true) return false
    return status === undefined ? isOpen === true && isReady === false : HOLDING.has(status)
  }

  /** Resolves when it no longer would. */
  async ready(): Promise<void> {
    while (this.holding) {
      this.#whenReady ??= gate()
      await this.#whenReady.opened
    }
  }

  exec(key: string | undefined, args: string[]): Promise<unknown> {
    return this.#exec(key, args)
  }

  release(): void {
    for (const [event, listener] of this.#listeners) this.#client.off(event, listener)
    this.#ready()
  }

  get #state(): State {
    return this.#client as unknown as State
  }

  #ready(): void {
    this.#whenReady?.open()
    this.#whenReady = undefined
  }
}

type Exec = (key: string | undefined, args: string[]) => Promise<unknown>

function howToCall(client: RedisClient): Exec {
  const given: unknown = client
  const has = (...methods: string[]): boolean =>
    methods.every((method) => typeof (given as Record<string, unknown>)[method] === 'function')
  if (typeof given === 'object' && given !== null && has('on', 'off')) {
    if ('call' in client && has('call')) return (_, [command, ...args]) => client.call(command!, ...args)
    if (has('sendCommand')) return howToSend(client as Exclude<RedisClient, IoRedis>)
  }
  throw new SessionConfigError(
    "Expected client of RedisStore to be a client of 'redis' (createClient) or of 'ioredis' (new Redis), " +
      `got ${typeof given === 'object' && given !== null ? `an object of class ${classOf(given)}` : describe(given)}.`,
  )
}

/** Always from the master: what a replica shows may have ended. */
function howToSend(client: Exclude<RedisClient, IoRedis>): Exec {
  if ('masters' in client) return (key, args) => client.sendCommand(key, false, args)
  if ('getMasterNode' in client) return (_, args) => client.sendCommand(false, args)
  return (_, args) => client.sendCommand(args)
}

function classOf(value: object): string {
  const { constructor } = value
  return typeof constructor === 'function' ? constructor.name : 'unknown'
}

function gate(): Gate {
  let open: (() => void) | undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open: open! }
}

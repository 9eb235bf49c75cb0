import type { Duration } from '../../checks/duration.ts'
import { wrongOption } from '../../checks/messages.ts'
import type { SessionConfigError } from '../../errors.ts'
import { checkOptionNames, timeoutOf } from '../options.ts'
import { Connection, type RedisClient } from './client.ts'

export interface RedisStoreOptions {
  /**
   * A client of `redis` (`createClient`, `createSentinel`, `createCluster`, …) or of `ioredis` (`Redis`, `Cluster`).
   * It stays yours: connect it before, and end it after `close()`.
   */
  readonly client: RedisClient
  /** What the keys begin with; default `'session:'`. Give two applications on one server two prefixes. */
  readonly prefix?: string | undefined
  /** How long one operation may take, whatever the client does; default one second. */
  readonly timeout?: Duration | undefined
  /**
   * Whether the server may throw sessions away when its memory is full. Default `false`: `verify()` then refuses
   * a server with a `maxmemory-policy` other than `noeviction`.
   */
  readonly eviction?: boolean | undefined
}

export interface Settings {
  readonly connection: Connection
  readonly prefix: string
  readonly timeout: number
  readonly eviction: boolean
}

const NAMES = ['client', 'prefix', 'timeout', 'eviction']

/** Checks the options and fills in the defaults. Throws `SessionConfigError`. */
export function readSettings(options: RedisStoreOptions): Settings {
  checkOptionNames('RedisStore', options, NAMES)
  const { client, prefix = 'session:', eviction = false } = options
  const wrong = (option: keyof RedisStoreOptions, expected: string): SessionConfigError =>
    wrongOption(`${option} of RedisStore`, expected, options[option])
  if (typeof prefix !== 'string' || !/^[!-~]+$/.test(prefix)) {
    throw wrong('prefix', 'a text of visible ASCII characters')
  }
  const timeout = timeoutOf('RedisStore', options.timeout ?? '1s')
  if (typeof eviction !== 'boolean') throw wrong('eviction', 'true or false')
  const connection = new Connection(client)
  // What stands in braces alone decides where a key of a Cluster lives.
  if (connection.clustered && /\{[^}]+\}/.test(prefix)) {
    throw wrong('prefix', 'without a hash tag, which would put all sessions on one node of the Cluster')
  }
  return { connection, prefix, timeout, eviction }
}

import { kindOf, wrongOption } from '../../checks/messages.ts'
import { SessionConfigError } from '../../errors.ts'
import { checkOptionNames } from '../options.ts'
import type { Capabilities } from '../store.ts'

/** Any cache with `get`, `set` and `delete` or `del`, which may answer at once or by promises. */
export interface Cache {
  get(key: string): unknown
  set(key: string, value: string, ttl?: unknown): unknown
  delete?(key: string): unknown
  del?(key: string): unknown
}

export interface CacheStoreOptions {
  /** The cache, as `new Keyv()` or `createCache()` make it. It stays yours: `close` does not disconnect it. */
  readonly cache: Cache
  /** What the keys begin with, beside what the cache itself puts in front. Default `'session:'`. */
  readonly prefix?: string | undefined
  /** Other processes use the same records. Default `false`. */
  readonly shared?: boolean | undefined
  /** The records outlive this process. Default `false`. */
  readonly durable?: boolean | undefined
  /** The cache heeds the `ttl`. Default `true`; `false` for a `Map`, which does not. */
  readonly expires?: boolean | undefined
  /**
   * Nobody but this store writes these records, so that its own queue makes every write atomic: then the
   * mode `'merge'` and `update` are there. A second process would make it untrue. Default `false`.
   */
  readonly exclusive?: boolean | undefined
  /** What the cache wants as the third argument of `set`. Default: the milliseconds as they are. */
  readonly ttl?: ((ms: number) => unknown) | undefined
  /** The time in milliseconds since the epoch. Default `Date.now`. */
  readonly clock?: (() => number) | undefined
}

export interface CachePlan {
  readonly cache: Cache
  readonly prefix: string
  readonly capabilities: Capabilities
  readonly ttl: (ms: number) => unknown
  readonly clock: () => number
}

const NAMES = ['cache', 'prefix', 'shared', 'durable', 'expires', 'exclusive', 'ttl', 'clock'] as const

/** @throws SessionConfigError */
export function planCache(options: CacheStoreOptions): CachePlan {
  checkOptionNames('CacheStore', options, NAMES)
  const { cache, prefix = 'session:', ttl = (ms: number) => ms, clock = Date.now } = options
  checkCache(cache)
  if (typeof prefix !== 'string') throw wrongOption('prefix of CacheStore', 'a text', prefix)
  for (const [name, value] of Object.entries({ ttl, clock }))
    if (typeof value !== 'function') throw wrongOption(`${name} of CacheStore`, 'a function', value)
  const flag = (name: 'shared' | 'durable' | 'expires' | 'exclusive', otherwise: boolean): boolean => {
    const value = options[name] ?? otherwise
    if (typeof value !== 'boolean') throw wrongOption(`${name} of CacheStore`, 'true or false', value)
    return value
  }
  const exclusive = flag('exclusive', false)
  const shared = flag('shared', false)
  if (exclusive && shared)
    throw new SessionConfigError(
      'Expected either shared or exclusive of CacheStore: no queue of one process orders the writes of others.',
    )
  checkTiers(cache, shared)
  const expires = flag('expires', !(cache instanceof Map))
  return {
    cache,
    prefix,
    capabilities: { atomic: exclusive, shared, durable: flag('durable', false), expires, lock: false },
    ttl,
    clock,
  }
}

function checkCache(cache: unknown): asserts cache is Cache {
  const wrong = (what: string): SessionConfigError =>
    new SessionConfigError(
      `Expected cache of CacheStore to be a cache with get, set(key, value, ttl) and delete, got ${what}.`,
    )
  if (typeof cache === 'function') throw wrong('a function or class (is a new or a call missing?)')
  if (typeof cache !== 'object' || cache === null) throw wrong(kindOf(cache))
  if (cache instanceof Promise) throw wrong('a promise (is an await missing?)')
  const has = (name: string): boolean => typeof Reflect.get(cache, name) === 'function'
  if (has('sendCommand') || has('defineCommand'))
    throw wrong('a client of Redis, which RedisStore of koa-session-pipeline/stores/redis takes')
  const missing = ['get', 'set'].filter((name) => !has(name))
  if (!has('delete') && !has('del')) missing.push('delete')
  if (missing.length > 0) throw wrong(`one without ${missing.join(' and ')}`)
}

/** A process with a cache tier of its own goes on seeing a session that another process has ended. */
function checkTiers(cache: Cache, shared: boolean): void {
  const stores: unknown = Reflect.get(cache, 'stores')
  if (shared && Array.isArray(stores) && stores.length > 1)
    throw new SessionConfigError(
      `Expected a shared cache to have one tier, got ${stores.length}: sessions that were ended elsewhere would ` +
        'live on in the first. Give CacheStore a cache of the last tier alone.',
    )
}

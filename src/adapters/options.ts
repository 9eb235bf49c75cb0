import { DURATION_FORMS, type Duration, parseDuration } from '../checks/duration.ts'
import { kindOf, wrongOption } from '../checks/messages.ts'
import { type Capabilities, SessionConfigError } from '../index.ts'
import { checkOptionNames } from '../stores/options.ts'
import { isObject } from './envelope.ts'

/** What only you can know of the store, and how long to wait for it. */
export interface AdapterOptions {
  /** What the keys begin with, beside what the store itself puts in front. */
  readonly prefix?: string | undefined
  /** Other processes see the same records. Default `false`. */
  readonly shared?: boolean | undefined
  /** Records survive the end of the process. Default `false`. */
  readonly durable?: boolean | undefined
  /** The store removes what has expired by itself. Default `false`. */
  readonly expires?: boolean | undefined
  /** How long an answer may take; `false`: for ever. Default `'10s'`. */
  readonly timeout?: Duration | false | undefined
  /** Told of the errors that the store emits beside its answers, which would else end the process. */
  readonly onError?: ((error: unknown) => void) | undefined
  /** The time in milliseconds since the epoch. Default `Date.now`. */
  readonly clock?: (() => number) | undefined
}

export interface AdapterPlan {
  readonly prefix: string
  readonly capabilities: Capabilities
  readonly timeout: number | false
  readonly onError: ((error: unknown) => void) | undefined
  readonly clock: () => number
}

const NAMES = ['prefix', 'shared', 'durable', 'expires', 'timeout', 'onError', 'clock'] as const

/** @throws SessionConfigError */
export function planAdapter(
  name: string,
  options: AdapterOptions,
  prefixed = '',
  others: readonly string[] = [],
): AdapterPlan {
  checkOptionNames(name, options, [...NAMES, ...others])
  const { prefix = prefixed, timeout = '10s', onError, clock = Date.now } = options
  if (typeof prefix !== 'string') throw wrongOption(`prefix of ${name}`, 'a text', prefix)
  for (const [option, value] of Object.entries({ onError, clock }))
    if (value !== undefined && typeof value !== 'function')
      throw wrongOption(`${option} of ${name}`, 'a function', value)
  const flag = (option: 'shared' | 'durable' | 'expires'): boolean => {
    const value = options[option] ?? false
    if (typeof value !== 'boolean') throw wrongOption(`${option} of ${name}`, 'true or false', value)
    return value
  }
  const ms = timeout === false ? false : parseDuration(timeout)
  if (ms === undefined) throw wrongOption(`timeout of ${name}`, `${DURATION_FORMS}, or false`, timeout)
  const [shared, durable, expires] = [flag('shared'), flag('durable'), flag('expires')]
  // No store of that kind compares before it writes.
  return {
    prefix,
    capabilities: { atomic: false, shared, durable, expires, lock: false },
    timeout: ms,
    onError,
    clock,
  }
}

/** Refuses what cannot be such a store, and says what it looks like. @throws SessionConfigError */
export function checkStore(name: string, store: unknown, methods: readonly string[]): void {
  const wrong = (what: string): SessionConfigError =>
    new SessionConfigError(
      `Expected the store of ${name} to be an object with ${methods.join(', ')}, got ${what}.`,
    )
  if (typeof store === 'function') throw wrong('a function or class (is a new or a call missing?)')
  if (typeof store !== 'object' || store === null) throw wrong(kindOf(store))
  if (store instanceof Promise) throw wrong('a promise (is an await missing?)')
  if (isObject(Reflect.get(store, 'capabilities')) && 'touch' in store)
    throw wrong('a store of this package, which session() takes as it is')
  const missing = methods.filter((method) => typeof Reflect.get(store, method) !== 'function')
  if (missing.length > 0) throw wrong(`one without ${missing.join(', ')}`)
}

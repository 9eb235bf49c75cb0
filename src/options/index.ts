import type { Context } from 'koa'
import type { Concurrency } from '../session/concurrency.ts'
import { type Duration, formatDuration, parseDuration } from '../checks/duration.ts'
import { SessionConfigError } from '../errors.ts'
import { isSealed } from '../persistence/sealed-records.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import type { Serializer } from '../draft/serializer.ts'
import type { Lifetimes } from '../persistence/lifetime.ts'
import { checkSerializer } from './serializer.ts'
import type { AllowedData, SessionData } from '../session/members.ts'
import type { DefaultStage, SessionPlan } from '../stages/index.ts'
import type { VerifyAddressOptions } from '../stages/verify-address.ts'
import type { VerifyUserAgentOptions } from '../stages/verify-user-agent.ts'
import { CookieState } from '../states/cookie.ts'
import { LONGEST_COOKIE_LIFE } from '../states/cookie-line.ts'
import type { CookieOptions } from '../states/cookie-options.ts'
import { StateList } from '../states/list.ts'
import type { State } from '../states/state.ts'
import { MemoryStore } from '../stores/memory.ts'
import { checkStore } from '../stores/check.ts'
import type { SealedStoreContract, Store } from '../stores/store.ts'
import { DEFAULT_NAME, DEFAULT_TOKEN, isToken, type TokenFormat } from '../token.ts'
import { isPlainData, wrongOption } from '../checks/messages.ts'
import { checkOptions, duration, type Rule } from '../checks/options.ts'
import { DEVELOPMENT, warnOnce } from '../checks/warnings.ts'
import { hintFor } from './hints.ts'

declare const dataType: unique symbol

/** Carries a type of session data: made by `type<MyData>()`. */
export interface DataType<Data> {
  readonly [dataType]?: Data
}

/** `session(app, { type: type<MyData>(), … })` says what `ctx.session` holds where the other options are inferred. */
export function type<Data extends AllowedData>(): DataType<Data> {
  return {}
}

/** The options of `session(app, options)`. All are checked at the call. */
export interface SessionOptions<Data extends AllowedData = SessionData, Names extends string = DefaultStage> {
  /**
   * Where the record lives. Default: a `MemoryStore`, which forgets everything when the process ends; in
   * production that default warns once.
   */
  readonly store?: Store | SealedStoreContract | undefined
  /**
   * How the token travels: a state, or a list of them of which the first that brings a live session wins.
   * Default: a `CookieState` with the options in `cookie`.
   */
  readonly state?: State | readonly State[] | undefined
  /** Options of the default `CookieState`. Its name is `'sid'`, or `'<as>.sid'` when `as` is given. */
  readonly cookie?: CookieOptions | undefined
  /**
   * Sliding lifetime: a session ends when it has not been used for this time. `false`: none. Default `'2h'`, or
   * `absoluteTimeout` when that is shorter. Advice: 15 to 30 minutes where much is at stake
   * (OWASP Session Management Cheat Sheet; NIST SP 800-63B-4).
   */
  readonly idleTimeout?: Duration | false | undefined
  /**
   * Lifetime that no activity extends: a stolen token must die some day. `false`: none. Default `'30d'`.
   */
  readonly absoluteTimeout?: Duration | false | undefined
  /**
   * An unmodified session is extended only when it would otherwise end within this time, so that reading is
   * mostly free of writes. 0: on every use, though at most once a second. Default: the idle timeout less a
   * minute, so at most once a minute.
   */
  readonly expiryThreshold?: Duration | undefined
  /**
   * Bind sessions to the address of the client that created them. Default `false`: mobile clients change
   * theirs. `true`: the whole address; an object: network prefixes, another source, another consequence.
   */
  readonly verifyAddress?: boolean | VerifyAddressOptions | undefined
  /** Bind sessions to the user agent that created them. Default `false`: an update of the browser ends them. */
  readonly verifyUserAgent?: boolean | VerifyUserAgentOptions | undefined
  /** Copy the waiting flash to `ctx.state` on the way in. A look, and a use of the session. Default `false`. */
  readonly flashToState?: boolean | undefined
  /**
   * How requests of one session that overlap are reconciled. Default `'merge'` where the store writes
   * atomically, else `'last-write'`.
   */
  readonly concurrency?: Concurrency | undefined
  /** Save the changed data of requests that fail (thrown error or status of 500 and above). Default `false`. */
  readonly saveOnError?: boolean | undefined
  /**
   * What a request does when the store cannot load: `'throw'`, the default, answers 503; `'anonymous'` gives
   * it an empty session that refuses writes, and touches no cookie.
   */
  readonly onStoreError?: 'throw' | 'anonymous' | undefined
  /**
   * How long a store may take for one answer, be it to `get`, `set`, `touch` or `delete`; then it is as if it
   * had failed, with an unknown outcome, and this request asks it nothing more. Default `'10s'`; `false`: as
   * long as it likes. A lock has its own `wait` (`concurrency`).
   */
  readonly storeTimeout?: Duration | false | undefined
  /**
   * Turns data into text and back. Default `JSON`; devalue and superjson fit as they are. A value that has not
   * changed must have the text it had, which is tried at start.
   */
  readonly serializer?: Serializer | undefined
  /**
   * Makes and recognises tokens. Default: 256 random bits in base64url. At least 128 bits, 22 characters
   * (OWASP ASVS 5.0 7.2.3); a sample is drawn at start.
   */
  readonly token?: TokenFormat | undefined
  /** Edits the pipeline, once, at start: `(defaults) => defaults.before('flash', audit)`. */
  readonly stages?: ((defaults: Pipeline<DefaultStage>) => Pipeline<Names>) | undefined
  /** `true`: this request has no session; `ctx.session` is empty and refuses writes. Default: no request is skipped. */
  readonly skip?: ((ctx: Context) => boolean) | undefined
  /** The property of `ctx`. Default `'session'`. Two middlewares with two names live side by side. */
  readonly as?: string | undefined
  /** The only source of time, in milliseconds since the epoch; for tests. Default `() => Date.now()`. */
  readonly clock?: (() => number) | undefined
  /** Carries the type of the data. See `type()`. */
  readonly type?: DataType<Data> | undefined
}

const isFunction = (value: unknown): boolean => typeof value === 'function'
const isBoolean = (value: unknown): boolean => typeof value === 'boolean'
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null
const has = (value: unknown, ...methods: readonly string[]): boolean =>
  // A class with static methods will do: superjson is one.
  (isObject(value) || isFunction(value)) &&
  methods.every((method) => isFunction((value as Readonly<Record<string, unknown>>)[method]))
const bits = (most: number): Rule => [
  `a whole number from 0 to ${most}`,
  (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= most,
]
const FLAG: Rule = ['true or false', isBoolean]

/** What both bindings can say of themselves. */
const BINDING: Readonly<Record<string, Rule>> = {
  by: ['a function (ctx) => string', isFunction],
  onMismatch: [
    "'destroy', 'refuse' or 'observe'",
    (value) => ['destroy', 'refuse', 'observe'].includes(value as string),
  ],
}
const binding = (name: string, example: string, details: typeof BINDING = BINDING): Rule => [
  `true, false or an object such as ${example}`,
  (value) => isBoolean(value) || (isPlainData(value) && checkOptions(name, value, details)),
]

/** What each option must be; checks that need more than one option are in `planOptions`. */
const RULES: Readonly<Record<keyof SessionOptions, Rule>> = {
  // Says itself what is missing.
  store: ['a store', (value) => (checkStore(value), true)],
  state: [
    'a State with extract, finalize and forget, or a list of them',
    (value) =>
      [value].flat().length > 0 && [value].flat().every((one) => has(one, 'extract', 'finalize', 'forget')),
  ],
  cookie: ['an object of cookie options', isPlainData],
  idleTimeout: duration(false),
  absoluteTimeout: duration(false),
  expiryThreshold: duration(0),
  verifyAddress: binding('verifyAddress', '{ ipv4: 24, ipv6: 56 }', {
    ipv4: bits(32),
    ipv6: bits(128),
    ...BINDING,
  }),
  verifyUserAgent: binding('verifyUserAgent', '{ by }'),
  flashToState: FLAG,
  // Needs the store: `planConcurrency`.
  concurrency: ['a mode', () => true],
  saveOnError: FLAG,
  storeTimeout: duration(false),
  onStoreError: ["'throw' or 'anonymous'", (value) => value === 'throw' || value === 'anonymous'],
  serializer: [
    'an object with stringify and parse, such as JSON',
    (value) => has(value, 'stringify', 'parse'),
  ],
  token: [
    'an object with generate() and validate, a function or a RegExp',
    (value) =>
      has(value, 'generate') && (has(value, 'validate') || (value as TokenFormat).validate instanceof RegExp),
  ],
  stages: ['a function (defaults) => pipeline', isFunction],
  skip: ['a function (ctx) => boolean', isFunction],
  as: ['the name of a property', (value) => typeof value === 'string' && /^[A-Za-z_$][\w$]*$/.test(value)],
  clock: ['a function that returns milliseconds since the epoch', isFunction],
  type: ['type<Data>()', isObject],
}

/** @throws SessionConfigError for an option that is unknown, wrong, or contradicts another option. */
export function planOptions(options: SessionOptions): SessionPlan {
  checkOptions(undefined, options, RULES, hintFor)
  const { as = DEFAULT_NAME, clock = () => Date.now(), cookie, store = new MemoryStore({ clock }) } = options
  if (options.state !== undefined && cookie !== undefined) {
    throw new SessionConfigError(
      'Expected either cookie or state: give the cookie options to your own CookieState.',
    )
  }
  const lifetimes = planLifetimes(options)
  const ways =
    options.state ?? new CookieState({ name: as === DEFAULT_NAME ? 'sid' : `${as}.sid`, ...cookie })
  const state = 'extract' in ways ? ways : new StateList(ways)
  checkCookieLife(state, lifetimes)
  const token = planToken(options.token ?? DEFAULT_TOKEN)
  const plan = {
    ...lifetimes,
    store,
    state,
    expiryThreshold: options.expiryThreshold,
    verifyAddress: options.verifyAddress ?? false,
    verifyUserAgent: options.verifyUserAgent ?? false,
    flashToState: options.flashToState ?? false,
    concurrency: options.concurrency,
    saveOnError: options.saveOnError ?? false,
    onStoreError: options.onStoreError ?? 'throw',
    storeTimeout: options.storeTimeout,
    serializer: checkSerializer(options.serializer ?? JSON),
    token,
    couldBe: isSealed(store) ? (text) => store.open(text) !== undefined : (text) => isToken(token, text),
    skip: options.skip,
    as,
    clock,
  } satisfies SessionPlan
  if (options.store === undefined) warnOfMemory()
  return plan
}

/** In production, once. */
function warnOfMemory(): void {
  if (DEVELOPMENT) return
  warnOnce(
    'SESSION_MEMORY_STORE',
    'Sessions are kept in memory: they end with this process, and no other process sees them. Set the store option, for instance to a FileStore.',
  )
}

function planLifetimes(options: SessionOptions): Lifetimes {
  const timeout = (name: 'idleTimeout' | 'absoluteTimeout', usual: Duration): number | false => {
    const value = options[name] ?? usual
    return value !== false && parseDuration(value, name)!
  }
  const absoluteTimeout = timeout('absoluteTimeout', '30d')
  const idleTimeout = timeout('idleTimeout', '2h')
  if (idleTimeout === false || absoluteTimeout === false || idleTimeout <= absoluteTimeout)
    return { idleTimeout, absoluteTimeout }
  if (options.idleTimeout === undefined) return { idleTimeout: absoluteTimeout, absoluteTimeout }
  throw new SessionConfigError(
    `Expected idleTimeout to be at most absoluteTimeout, got ${formatDuration(idleTimeout)} and ${formatDuration(absoluteTimeout)}. ` +
      'A session cannot stay idle for longer than it lives; set a longer absoluteTimeout first.',
  )
}

function checkCookieLife(state: State, { idleTimeout, absoluteTimeout }: Lifetimes): void {
  const life = Math.min(idleTimeout || Infinity, absoluteTimeout || Infinity)
  const states = state instanceof StateList ? state.states : [state]
  const persistent = states.some((one) => one instanceof CookieState && one.persistent)
  if (!persistent || life <= LONGEST_COOKIE_LIFE) return
  throw new SessionConfigError(
    'Expected idleTimeout or absoluteTimeout to be at most 400 days with a persistent cookie: ' +
      'browsers keep no cookie for longer (RFC 6265bis).',
  )
}

const SHORTEST_TOKEN = 22

function planToken(token: TokenFormat): TokenFormat {
  const { validate } = token
  const format: TokenFormat = {
    generate: () => token.generate(),
    // A pattern with the flag g or y remembers where it was, and would refuse every second token.
    validate:
      validate instanceof RegExp
        ? new RegExp(validate.source, validate.flags.replace(/[gy]/g, ''))
        : (candidate) => validate.call(token, candidate),
  }
  const [one, other]: unknown[] = [format.generate(), format.generate()]
  if (typeof one !== 'string' || one.length < SHORTEST_TOKEN) {
    throw wrongOption(
      'token.generate()',
      `a string of at least ${SHORTEST_TOKEN} characters (128 random bits)`,
      typeof one === 'string' ? `${one.length} characters` : one,
    )
  }
  if (one === other)
    throw new SessionConfigError(
      'Expected token.generate() to return another token each time, got the same twice',
    )
  const valid: unknown = isToken(format, one)
  if (valid === true) return format
  throw wrongOption('token.validate', 'true for what token.generate() returns', valid)
}

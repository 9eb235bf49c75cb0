import type { Context } from 'koa'
import {
  type AllowedData,
  type Duration,
  type SealedStoreContract,
  type Session,
  SessionConfigError,
  type SessionData,
  type Store,
} from '../index.ts'
import { isSealed, parseDuration } from '../stages.ts'
import { wrong } from './checks.ts'
import { RecordIndex } from './record-index.ts'
import type { SessionIndex } from './session-index.ts'

/** What `accountSessions` takes. */
export interface AccountSessionsOptions<Data extends AllowedData = SessionData> {
  /** The store of the sessions. */
  readonly store: Store | SealedStoreContract
  /** Whose session it is: a text of at most 1024 bytes; `undefined`, `null` or `''` while it is nobody's. */
  readonly subject: (session: Session<Data>) => unknown
  /** How many sessions a subject may have; one more ends the oldest. Default: any number. */
  readonly max?: number | undefined
  /** What the application calls this login, such as `'Phone app'`: at most 200 characters. */
  readonly label?: ((ctx: Context, session: Session<Data>) => string | undefined) | undefined
  /**
   * How long a look at the index is good for, in this process. Default 0: a second read for each request of a session
   * with a subject. Longer: for so long a session that another process has ended goes on here.
   */
  readonly recheck?: Duration | undefined
  /** Where logins are listed. Default `new RecordIndex(store)`; for sealed sessions give one on an atomic store. */
  readonly index?: SessionIndex | undefined
  /** The name of the stage and of its annotation; several account systems need several. Default `'accounts'`. */
  readonly name?: string | undefined
}

/** The options with every default filled in, `recheck` in milliseconds. */
export interface AccountsPlan {
  /** `undefined`: the records travel in tokens. */
  readonly store: Store | undefined
  readonly index: SessionIndex
  readonly subject: (session: Session) => unknown
  readonly max: number | undefined
  readonly label: ((ctx: Context, session: Session) => unknown) | undefined
  readonly recheck: number
  readonly name: string
  /** The clock of the sessions, once it is known. */
  readonly time: { read: () => number }
}

const NAMES = ['store', 'subject', 'max', 'label', 'recheck', 'index', 'name'] as const
const INDEX = ['look', 'add', 'remove', 'use', 'list', 'revoke'] as const
const STORE = ['get', 'set', 'touch', 'delete'] as const

/** @throws SessionConfigError */
export function planAccounts(options: AccountSessionsOptions<never>): AccountsPlan {
  if (typeof options !== 'object' || options === null) throw wrong('the options', 'an object', options)
  const unknown = Object.keys(options).find((name) => !(NAMES as readonly string[]).includes(name))
  if (unknown !== undefined)
    throw new SessionConfigError(
      `Unknown option 'accountSessions.${unknown.slice(0, 60)}'. Expected one of ${NAMES.join(', ')}.`,
    )
  const { store, subject, max, label, recheck = 0, name = 'accounts' } = options
  if (!has(store, STORE) && !has(store, ['seal', 'open']))
    throw wrong('store', 'the store of the sessions', store)
  if (typeof subject !== 'function')
    throw wrong('subject', 'a function such as (session) => session.data.userId', subject)
  if (max !== undefined && (!Number.isSafeInteger(max) || max < 1))
    throw wrong('max', 'a whole number of at least 1, or absent', max)
  if (label !== undefined && typeof label !== 'function')
    throw wrong('label', 'a function such as (ctx) => ctx.get("X-App-Name"), or absent', label)
  const ms = (recheck as unknown) === 0 ? 0 : parseDuration(recheck, 'recheck')
  if (ms === undefined) throw wrong('recheck', "milliseconds, 0, or a string such as '10s'", recheck)
  if (typeof name !== 'string' || name === '') throw wrong('name', 'a text that is not empty', name)
  const time = { read: () => Date.now() }
  return {
    store: isSealed(store) ? undefined : store,
    index: indexOf(options, name, () => time.read()),
    subject: subject as AccountsPlan['subject'],
    max,
    label: label as AccountsPlan['label'],
    recheck: ms,
    name,
    time,
  }
}

function indexOf(
  { store, index, max }: AccountSessionsOptions<never>,
  name: string,
  clock: () => number,
): SessionIndex {
  if (index !== undefined && !has(index, INDEX))
    throw wrong('index', `an index with the methods ${INDEX.join(', ')}`, index)
  if (!isSealed(store)) {
    if (!store.capabilities.atomic)
      throw wrong(
        'store',
        'a store that writes atomically, as sessions that are ended in it must stay so, which this one cannot promise',
        store,
      )
    return index ?? new RecordIndex(store, { purpose: name, clock })
  }
  if (!index)
    throw new SessionConfigError(
      'Expected accountSessions of sealed sessions to have an index, since their records travel in tokens and the ' +
        'server keeps nothing: add index: new RecordIndex(store), with a store that writes atomically.',
    )
  if (max !== undefined)
    throw new SessionConfigError(
      "Expected accountSessions of sealed sessions to have no 'max': the server does not know which of them live.",
    )
  return index
}

function has(value: unknown, methods: readonly string[]): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    methods.every((name) => typeof Reflect.get(value, name) === 'function')
  )
}

/** Sessions that end by themselves with the process, or that other processes do not see, are said so at start. */
export function warnOfStore({ store }: AccountsPlan): void {
  if (!store || process.env['NODE_ENV'] !== 'production') return
  const { shared, durable } = store.capabilities
  const lacks = [
    ...(shared ? [] : ['is not shared, so it lists and ends the sessions of this process only']),
    ...(durable ? [] : ['can drop records by itself, and with an index the memory of what was ended']),
  ]
  if (lacks.length === 0) return
  process.emitWarning(`The ${store.constructor.name} of accountSessions ${lacks.join('; it ')}.`, {
    type: 'SessionWarning',
    code: 'SESSION_ACCOUNTS_STORE',
  })
}

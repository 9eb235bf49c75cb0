import type { Context } from 'koa'
import { isPlainData, wrongOption } from '../checks/messages.ts'
import type { MaybePromise } from '../index.ts'
import { isMaxAge, type MaxAge } from './max-age.ts'
import type { Session } from './session.ts'

/** A store as koa-session expects it; its methods may answer at once or by promises. */
export interface SessionStore {
  /** The session under that key; anything falsy: there is none. */
  get(key: string, maxAge: MaxAge | undefined, options: { ctx: Context; rolling: boolean }): unknown
  /** `maxAge` in milliseconds, ten seconds beyond the cookie's; `undefined` for `maxAge: 'session'`. */
  set(
    key: string,
    session: Record<string, unknown>,
    maxAge: number | undefined,
    options: { changed: boolean; ctx: Context; rolling: boolean },
  ): unknown
  destroy(key: string, options: { ctx: Context }): unknown
}

/** What `ctx.cookies.set` takes. */
type CookieAttributes = Omit<
  NonNullable<Parameters<Context['cookies']['set']>[2]>,
  'maxAge' | 'overwrite' | 'sameSite'
>

/** The options of koa-session; whatever else is given goes to `ctx.cookies`. */
export interface SessionOptions extends CookieAttributes {
  /** Name of the cookie. Default `'koa.sess'`. */
  key?: string | undefined
  /** Without it a session lives for a day, and its first cookie as long as the browser runs. */
  maxAge?: MaxAge | undefined
  /** @deprecated the name of `maxAge` in former versions */
  maxage?: MaxAge | undefined
  /** Commit after the handler, without a call. Default `true`. */
  autoCommit?: boolean | undefined
  /** Replace an earlier `Set-Cookie` of the same name. Default `true`. */
  overwrite?: boolean | undefined
  /** Default `true`. */
  httpOnly?: boolean | undefined
  /** Sign the cookie with `app.keys`. Default `true`. */
  signed?: boolean | undefined
  /** Send and save the session with every response, which sets its deadline anew. Default `false`. */
  rolling?: boolean | undefined
  /** The same when less than half of its life is left. Default `false`. */
  renew?: boolean | undefined
  /** Default: as the connection is. */
  secure?: boolean | undefined
  sameSite?: 'strict' | 'lax' | 'none' | boolean | (string & {}) | null | undefined
  /** Another way for the id to travel than the cookie, for sessions in a store. */
  externalKey?:
    | {
        get(ctx: Context): MaybePromise<string | undefined>
        set(ctx: Context, key: string): MaybePromise<void>
      }
    | undefined
  /** Where the sessions are kept. Default: in the cookie, readable to the visitor. */
  store?: SessionStore | undefined
  /** A class of stores, made anew with the context of each request. It wins over `store`. */
  ContextStore?: (new (ctx: Context) => SessionStore) | undefined
  /** What is written into the cookie. Default: JSON in Base64. */
  encode?: ((session: Record<string, unknown>) => MaybePromise<string>) | undefined
  decode?: ((text: string) => unknown) | undefined
  /** The id of a new session in a store. Default: a random UUID. */
  genid?: ((ctx: Context) => MaybePromise<string>) | undefined
  /** What the default ids begin with. */
  prefix?: string | undefined
  /** Whether the session that was read may be used; if not, the request has a new one. */
  valid?: ((ctx: Context, session: Record<string, never>) => unknown) | undefined
  /** Called before each save, and may change the session. */
  beforeSave?: ((ctx: Context, session: Session) => MaybePromise<void>) | undefined
}

interface Rule {
  readonly expected: string
  readonly holds: (value: unknown) => boolean
}

const isFunction = (value: unknown): boolean => typeof value === 'function'
const FLAG: Rule = { expected: 'true or false', holds: (value) => typeof value === 'boolean' }
const FUNCTION: Rule = { expected: 'a function', holds: isFunction }
const MAX_AGE: Rule = { expected: "a number of milliseconds or 'session'", holds: isMaxAge }
const TEXT: Rule = { expected: 'a string', holds: (value) => typeof value === 'string' }

/** Whether it is an object, or a function, with these methods. */
const has = (value: unknown, ...methods: string[]): boolean =>
  (typeof value === 'object' || isFunction(value)) &&
  value !== null &&
  methods.every((method) => isFunction(Reflect.get(value as object, method)))

const RULES: Readonly<Record<string, Rule>> = {
  key: TEXT,
  maxAge: MAX_AGE,
  maxage: MAX_AGE,
  autoCommit: FLAG,
  overwrite: FLAG,
  httpOnly: FLAG,
  signed: FLAG,
  rolling: FLAG,
  renew: FLAG,
  secure: FLAG,
  sameSite: {
    expected: "a string such as 'lax', true, false or null",
    holds: (value) => typeof value === 'string' || typeof value === 'boolean' || value === null,
  },
  externalKey: {
    expected: 'an object with functions get and set',
    holds: (value) => has(value, 'get', 'set'),
  },
  store: {
    expected: 'an object with functions get, set and destroy',
    holds: (value) => value === null || has(value, 'get', 'set', 'destroy'),
  },
  ContextStore: {
    expected: 'a class with methods get, set and destroy',
    holds: (value) =>
      isFunction(value) && has(Reflect.get(value as object, 'prototype'), 'get', 'set', 'destroy'),
  },
  encode: FUNCTION,
  decode: FUNCTION,
  genid: FUNCTION,
  prefix: TEXT,
  valid: FUNCTION,
  beforeSave: FUNCTION,
}

/** @throws SessionConfigError that names the option that is wrong */
export function checkOptions(given: unknown): asserts given is SessionOptions {
  if (!isPlainData(given)) throw wrongOption('the options', 'an object', given)
  for (const [name, { expected, holds }] of Object.entries(RULES)) {
    const value = given[name]
    if (value !== undefined && !holds(value)) throw wrongOption(`options.${name}`, expected, value)
  }
}

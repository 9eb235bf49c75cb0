import { type Duration, SessionConfigError } from '../index.ts'
import { parseDuration } from '../stages.ts'

/** What `statusMessages` takes. */
export interface StatusMessagesOptions {
  /** The parameter of the URL, or of a parsed body, that carries the token. Default `'mid'`. */
  readonly param?: string | undefined
  /** What the names of the session's annotations begin with in which messages wait. Default `'statusMessages'`. */
  readonly key?: string | undefined
  /** The property of `ctx`. Default `'statusMessages'`. */
  readonly as?: string | undefined
  /**
   * Also show the messages of this request's token as `ctx.state[as]`, for templates: they are taken when it
   * is read. Default `false`.
   */
  readonly toState?: boolean | undefined
  /** How many tokens may wait in one session; of more, the oldest go. Default 20. */
  readonly max?: number | undefined
  /** How long messages wait to be read. Default `'1h'`. */
  readonly maxAge?: Duration | undefined
}

/** The options with every default filled in, `maxAge` in milliseconds. */
export interface StatusMessagesPlan {
  readonly param: string
  readonly key: string
  readonly as: string
  readonly toState: boolean
  readonly max: number
  readonly maxAge: number
}

const DEFAULTS: Readonly<Record<keyof StatusMessagesOptions, unknown>> = {
  param: 'mid',
  key: 'statusMessages',
  as: 'statusMessages',
  toState: false,
  max: 20,
  maxAge: '1h',
}

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/

/** @throws SessionConfigError */
export function planStatusMessages(options: StatusMessagesOptions): StatusMessagesPlan {
  if (typeof options !== 'object' || options === null) throw wrong('options', 'an object', options)
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(DEFAULTS, name))
  if (unknown !== undefined) {
    throw new SessionConfigError(
      `Unknown option 'statusMessages.${unknown.slice(0, 60)}'. Expected one of ${Object.keys(DEFAULTS).join(', ')}.`,
    )
  }
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const plan = { ...DEFAULTS, ...given } as StatusMessagesPlan
  const { param, key, as, toState, max } = plan
  const maxAge = parseDuration(plan.maxAge, 'maxAge')
  if (!isText(param) || !/^[\w.~-]+$/.test(param)) {
    throw wrong('param', "a name of letters, digits and '.', '_', '~', '-'", param)
  }
  if (!isText(key)) throw wrong('key', 'a text that is not empty', key)
  if (!isText(as) || !IDENTIFIER.test(as)) throw wrong('as', 'the name of a property', as)
  if (typeof toState !== 'boolean') throw wrong('toState', 'true or false', toState)
  if (!Number.isInteger(max) || max < 1) throw wrong('max', 'a whole number of at least 1', max)
  if (maxAge === undefined) throw wrong('maxAge', "milliseconds, or a string such as '1h'", plan.maxAge)
  return { param, key, as, toState, max, maxAge }
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

function wrong(option: string, expected: string, got: unknown): SessionConfigError {
  return new SessionConfigError(
    `Expected ${option} of statusMessages to be ${expected}, got ${JSON.stringify(got) ?? String(got)}.`,
  )
}

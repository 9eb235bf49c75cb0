import { SessionConfigError, type Stage, stage, stop } from '../index.ts'

/** What `timeLeft` takes. */
export interface TimeLeftOptions {
  /** The path that is answered, as `ctx.path` has it. Default `'/session/time-left'`. */
  readonly path?: string | undefined
}

/** What the path answers with, as JSON. */
export interface TimeLeft {
  /** Whole seconds until the session ends if nobody uses it; 0 when there is none, `null` when it never ends. */
  readonly secondsLeft: number | null
  /** Why the client's session is not there, as `session.endReason`; `null` when it is there, or never was. */
  readonly reason: string | null
}

/**
 * Lets a page warn its visitor before the session ends, without preventing the end: answers GET and HEAD of one path with
 * the time that is left. Asking extends nothing, is no use of the session, and sets no cookie. Put the stage
 * after the checks, so that they hold for it:
 *
 * `session(app, { stages: (defaults) => defaults.after('verifyUserAgent', timeLeft()) })`
 *
 * @throws SessionConfigError for options that are unknown or wrong.
 */
export function timeLeft(options: TimeLeftOptions = {}): Stage<'timeLeft'> {
  const path = checkPath(options)
  return stage(
    'timeLeft',
    function* (ctx, session) {
      if (ctx.path !== path || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) return undefined
      const { stored, expiresAt, now, endReason } = session
      const answer: TimeLeft = {
        secondsLeft: stored ? secondsUntil(expiresAt!.getTime(), now) : 0,
        reason: (stored ? undefined : endReason) ?? null,
      }
      ctx.set('Cache-Control', 'no-store')
      ctx.body = answer
      return stop
    },
    { needsClient: true },
  )
}

/** Sessions without a deadline have one that no date can say, or none that anybody will live to see. */
const FAR = 100 * 365 * 86_400_000

function secondsUntil(deadline: number, now: number): number | null {
  const left = deadline - now
  return left < FAR ? Math.max(0, Math.floor(left / 1000)) : null
}

function checkPath(options: TimeLeftOptions): string {
  if (typeof options !== 'object' || options === null) throw wrong('the options', 'an object', options)
  const unknown = Object.keys(options).find((name) => name !== 'path')
  if (unknown !== undefined)
    throw new SessionConfigError(`Unknown option 'timeLeft.${unknown.slice(0, 60)}'. Expected path.`)
  const { path = '/session/time-left' } = options
  if (typeof path === 'string' && /^\/[^?#]*$/.test(path)) return path
  throw wrong('path', "a path that begins with '/', without a query", path)
}

function wrong(option: string, expected: string, got: unknown): SessionConfigError {
  const shown = JSON.stringify(got) ?? String(got)
  return new SessionConfigError(
    `Expected ${option} of timeLeft to be ${expected}, got ${shown.slice(0, 80)}.`,
  )
}

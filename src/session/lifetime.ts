import { DURATION_FORMS, type Duration, parseDuration } from '../checks/duration.ts'
import { SessionConfigError } from '../errors.ts'
import { type Meta, NEVER } from '../record.ts'
import { wrongOption } from '../checks/messages.ts'

/** The lifetimes of the options, in milliseconds; `false` for none. */
export interface Lifetimes {
  readonly idleTimeout: number | false
  readonly absoluteTimeout: number | false
}

/** Minute and second of the threshold rule: how often an unmodified session is extended at most. */
const MINUTE = 60_000
const SECOND = 1000

/** The session's own lifetimes where it has some, else those of the options. */
export function lifetimesOf(meta: Meta, defaults: Lifetimes): Lifetimes {
  return {
    idleTimeout: meta.idleTimeout ?? defaults.idleTimeout,
    absoluteTimeout: meta.absoluteTimeout ?? defaults.absoluteTimeout,
  }
}

/** The instant that no activity moves. */
export function absoluteDeadline(meta: Meta, defaults: Lifetimes): number {
  const { absoluteTimeout } = lifetimesOf(meta, defaults)
  return absoluteTimeout === false ? NEVER : Math.min(NEVER, meta.createdAt + absoluteTimeout)
}

/** When a session that is used now ends: the earlier of the idle and the absolute deadline. */
export function nextDeadline(meta: Meta, defaults: Lifetimes, now: number): number {
  const { idleTimeout } = lifetimesOf(meta, defaults)
  const idle = idleTimeout === false ? NEVER : now + idleTimeout
  return Math.min(idle, absoluteDeadline(meta, defaults))
}

/**
 * How close the deadline must be before an unmodified session is extended. By default the idle timeout less a
 * minute, or less a tenth of it when that is shorter. At most once a second, or a tenth of a shorter timeout,
 * whatever was asked for.
 */
export function extensionThreshold(idleTimeout: number, asked: number | undefined): number {
  const tenth = idleTimeout / 10
  if (asked === undefined) return idleTimeout - Math.min(MINUTE, tenth)
  const most = idleTimeout - Math.min(SECOND, tenth)
  return asked === 0 ? most : Math.min(asked, most)
}

/** @throws SessionConfigError for anything but a duration or `false`. */
export function checkTimeout(name: string, value: Duration | false): number | false {
  if (value === false) return false
  const ms = parseDuration(value)
  if (ms !== undefined) return ms
  throw wrongOption(name, `${DURATION_FORMS}, or false`, value)
}

/** @throws SessionConfigError when the idle timeout is beyond the absolute one. */
export function checkLifetimes({ idleTimeout, absoluteTimeout }: Lifetimes): void {
  if (idleTimeout === false || absoluteTimeout === false || idleTimeout <= absoluteTimeout) return
  throw new SessionConfigError(
    `Expected idleTimeout to be at most absoluteTimeout, got ${idleTimeout} ms and ${absoluteTimeout} ms. ` +
      'A session cannot stay idle for longer than it lives; set a longer absoluteTimeout first.',
  )
}

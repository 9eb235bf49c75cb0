import { DURATION_FORMS, type Duration, formatDuration, parseDuration } from '../checks/duration.ts'
import { wrongOption } from '../checks/messages.ts'
import { SessionConfigError } from '../errors.ts'
import type { Lifetimes } from '../persistence/lifetime.ts'

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
    `Expected idleTimeout to be at most absoluteTimeout, got ${formatDuration(idleTimeout)} and ${formatDuration(absoluteTimeout)}. ` +
      'A session cannot stay idle for longer than it lives; set a longer absoluteTimeout first.',
  )
}

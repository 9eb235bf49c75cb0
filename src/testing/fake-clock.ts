import { SessionConfigError } from '../index.ts'
import { DURATION_FORMS, parseDuration } from '../checks/duration.ts'
import type { Duration } from '../checks/duration.ts'

/** A clock that stands still until it is told to move. Give it wherever an option `clock` is taken. */
export interface FakeClock {
  /** The time in milliseconds since the epoch. */
  (): number
  /**
   * Moves the clock by a duration, by a negative number of milliseconds back, and returns the new time.
   *
   * @throws {SessionConfigError} when it is no duration
   */
  advance(duration: Duration): number
  /**
   * Sets the clock to a time in milliseconds since the epoch, and returns it.
   *
   * @throws {SessionConfigError} when it is no finite number
   */
  set(time: number): number
}

/** A clock that stands at `start`, in milliseconds since the epoch; by default at the present time. */
export function fakeClock(start: number = Date.now()): FakeClock {
  let now = checkedTime(start)
  return Object.assign(() => now, {
    advance: (duration: Duration) => (now += toMilliseconds(duration)),
    set: (time: number) => (now = checkedTime(time)),
  })
}

function toMilliseconds(duration: Duration): number {
  const ms = typeof duration === 'number' ? duration : parseDuration(duration)
  if (Number.isFinite(ms)) return ms!
  throw new SessionConfigError(`A clock is advanced by ${DURATION_FORMS}, but was given ${String(duration)}.`)
}

function checkedTime(time: number): number {
  if (Number.isFinite(time)) return time
  throw new SessionConfigError(
    `A clock is set to milliseconds since the epoch, but was given ${String(time)}.`,
  )
}

import { type Duration, parseDuration } from '../checks/duration.ts'
import { type Stage, stage } from '../pipeline/stage.ts'
import { extendWhen } from '../session/stage-functions.ts'

/** What `extendExpiry` needs. */
export interface ExtendExpiryOptions {
  /**
   * How close the deadline must be before an unmodified session that was used is extended. 0: on every
   * use, though at most once a second. Default: the idle timeout less a minute.
   */
  readonly threshold?: Duration | undefined
}

const MINUTE = 60_000
const SECOND = 1000

/**
 * Pushes the deadline, by the threshold rule: a modified session at once, an unmodified session when the deadline is
 * near. An unmodified one is extended at most once a minute by default and at most once a second whatever was asked
 * for, or at most once in a tenth of the idle timeout when that is shorter.
 */
export function extendExpiry({ threshold }: ExtendExpiryOptions = {}): Stage<'extendExpiry'> {
  const asked = threshold === 0 ? Infinity : parseDuration(threshold, 'expiryThreshold')
  const pause = asked === undefined ? MINUTE : SECOND
  const isDue = (left: number, idleTimeout: number): boolean =>
    left <= Math.min(asked ?? Infinity, idleTimeout - Math.min(pause, idleTimeout / 10))
  return stage('extendExpiry', function* (_ctx, session) {
    extendWhen(session, isDue)
  })
}

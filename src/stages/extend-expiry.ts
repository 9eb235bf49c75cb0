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

/** Pushes the deadline, by the threshold rule: a modified session at once, an unmodified session when the deadline is near. */
export function extendExpiry({ threshold }: ExtendExpiryOptions = {}): Stage<'extendExpiry'> {
  const asked =
    threshold === undefined || threshold === 0 ? threshold : parseDuration(threshold, 'expiryThreshold')
  const isDue = (left: number, idleTimeout: number): boolean => left <= extensionThreshold(idleTimeout, asked)
  return stage('extendExpiry', function* (_ctx, session) {
    extendWhen(session, isDue)
  })
}

/**
 * How close the deadline must be before an unmodified session is extended. By default the idle timeout less a
 * minute, or less a tenth of it when that is shorter. At most once a second, or a tenth of a shorter timeout,
 * whatever was asked for.
 */
function extensionThreshold(idleTimeout: number, asked: number | undefined): number {
  const tenth = idleTimeout / 10
  if (asked === undefined) return idleTimeout - Math.min(MINUTE, tenth)
  const most = idleTimeout - Math.min(SECOND, tenth)
  return asked === 0 ? most : Math.min(asked, most)
}

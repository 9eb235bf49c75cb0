import type { Duration } from '../checks/duration.ts'
import { parseDuration } from '../checks/duration.ts'
import { type Stage, stage } from '../pipeline/stage.ts'
import type { Session } from '../session.ts'
import { extensionThreshold } from '../session/lifetime.ts'

/** What `extendExpiry` needs. */
export interface ExtendExpiryOptions {
  /**
   * How close the deadline must be before an unmodified session that was used is extended. 0: on every
   * use, though at most once a second. Default: the idle timeout less a minute.
   */
  readonly threshold?: Duration | undefined
}

/** Pushes the deadline, by the threshold rule: a modified session at once, another one when it comes close. */
export function extendExpiry({ threshold }: ExtendExpiryOptions = {}): Stage<'extendExpiry'> {
  const asked = threshold === undefined || threshold === 0 ? threshold : parseDuration(threshold)
  const due = (session: Session): boolean => {
    const { idleTimeout, storedUntil } = session
    if (idleTimeout === false || storedUntil === undefined) return false
    return storedUntil - session.now <= extensionThreshold(idleTimeout, asked)
  }
  return stage('extendExpiry', function* (_ctx, session) {
    session.extendWhen(due)
  })
}

import type { Context } from 'koa'
import { SessionError } from '../errors.ts'
import { reportError } from '../events.ts'
import type { WorkingCopy } from './working-copy.ts'

/** Reports what is written to the session between its commit and the end of the response. */
export function watchLateWrites(ctx: Context, copy: WorkingCopy): void {
  // What was left unsaved on purpose, by `noStore` or a failure, is not late.
  const before = copy.changed ? copy.serialize() : undefined
  const check = (): void => {
    if (!copy.changed || copy.serialize() === before) return
    reportError(
      ctx,
      new SessionError(
        'ERR_SESSION_LATE_WRITE',
        `The session was written after it had been committed, and that is lost: ${copy.changedKeys.join(', ')}. ` +
          'Write before the body is sent, set session.lateStore, or call session.save() afterwards.',
      ),
    )
  }
  if (ctx.res.closed) setImmediate(check)
  else ctx.res.once('close', check)
}

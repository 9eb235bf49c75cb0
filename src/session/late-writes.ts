import { Stream } from 'node:stream'
import type { Context } from 'koa'
import { SessionError } from '../errors.ts'
import { reportError } from '../events.ts'
import type { WorkingCopy } from './working-copy.ts'

// The check at the end of a response serialises the session once more, which is for finding mistakes.
const THOROUGH = process.env['NODE_ENV'] !== 'production'

/**
 * Whether something may still write after the commit: what feeds a streamed body may. Anything else is a
 * mistake, such as a forgotten `await`, and is looked for outside of production only.
 */
export function mayWriteLate({
  body,
  respond,
}: Context & { readonly respond?: boolean | undefined }): boolean {
  return THOROUGH || respond === false || body instanceof Stream
}

/** Reports what is written to the session between its commit and the end of the response. */
export function watchLateWrites(ctx: Context, copy: WorkingCopy, dropped: boolean): void {
  // What was left unsaved, by `noStore`, a failure or a conflict, is not late.
  const before = dropped && copy.changed ? copy.serialize() : undefined
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

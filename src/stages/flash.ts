import type { Context } from 'koa'
import { isFailure } from '../http/failure.ts'
import { isUnseen } from '../http/response.ts'
import { type Stage, stage } from '../pipeline/stage.ts'
import type { Session } from '../session/session.ts'
import { flashUse, flashWaits, sweepFlash, useSession } from '../session/stage-functions.ts'

/** What `flash` needs. */
export interface FlashOptions {
  /** Copy each waiting message to `ctx.state` on the way in: a look, and a use of the session. Default false. */
  readonly toState?: boolean | undefined
}

/** In: hands over what waits. Out: sweeps what has been shown, unless the response fails or nobody sees it. */
export function flash({ toState = false }: FlashOptions = {}): Stage<'flash'> {
  return stage('flash', function* (ctx, session) {
    if (toState && session.stored) {
      useSession(session)
      Object.assign(ctx.state, session.flash)
    }
    let thrown: { readonly error: unknown } | undefined
    try {
      yield
    } catch (error) {
      thrown = { error }
      throw error
    } finally {
      if (flashUse(session) !== 'none' && !isFailure(ctx, thrown) && !isUnseen(ctx, thrown)) {
        if (flashUse(session) === 'assigned') lookWithBody(ctx, session)
        if (flashUse(session) === 'looked') sweepFlash(session)
      }
    }
  })
}

/** A body that holds the flash is turned into text when the session has been stored: too late for a look. */
function lookWithBody(ctx: Context, session: Session): void {
  const { body } = ctx
  if (typeof body !== 'object' || body === null || !flashWaits(session) || !ctx.response.is('json')) return
  try {
    JSON.stringify(body)
  } catch {
    // Koa meets the same error, and answers it.
  }
}

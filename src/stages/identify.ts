import type { Context } from 'koa'
import { reportError } from '../events.ts'
import { type Stage, stage } from '../pipeline/stage.ts'
import type { Session } from '../session.ts'
import type { State } from '../states/state.ts'
import { setSessionHeader } from '../http/surviving-headers.ts'

/** What `identify` needs. */
export interface IdentifyOptions {
  /** How the token travels. */
  readonly state: State
}

/** In: the tokens that the client shows. Out: its token goes back to the client, or is forgotten. */
export function identify({ state }: IdentifyOptions): Stage<'identify'> {
  const answer = (ctx: Context, session: Session): void => {
    if (ctx.headerSent) return
    if (session.used && state.vary !== undefined) setSessionHeader(ctx, 'Vary', state.vary)
    const { delivery, credential } = session
    if (delivery === 'none') return
    if (credential.shown !== undefined) state.accepted?.(ctx, credential.shown)
    if (delivery === 'forget') {
      state.forget(ctx, session.cookieOptions)
      return
    }
    const expiresAt = session.deliveredUntil!
    state.finalize(ctx, credential.token!, {
      expiresAt,
      fresh: delivery === 'send',
      now: session.now,
      attributes: session.cookieOptions,
    })
    credential.delivered(expiresAt)
  }

  return stage('identify', function* (ctx, session) {
    session.candidates = state.extract(ctx)
    session.answerWith(answer)
    // A link to a session that nobody has begun would only be missed.
    state.attach?.(ctx, () => (session.stored || session.changed ? session.token : undefined))
    try {
      yield
    } catch (error) {
      // What was destroyed or moved before it is told to the client all the same; a second error is only reported.
      try {
        answer(ctx, session)
      } catch (second) {
        reportError(ctx, second)
      }
      throw error
    }
    answer(ctx, session)
  })
}

import type { Context } from 'koa'
import { reportError } from '../events.ts'
import { setSessionHeader } from '../http/surviving-headers.ts'
import { type Hook, type Stage, stage } from '../pipeline/stage.ts'
import type { Delivery } from '../session/credential.ts'
import { deliverToken, onDelivery, presentTokens, tokenTest } from '../session/stage-functions.ts'
import type { State } from '../states/state.ts'

/** What `identify` needs. */
export interface IdentifyOptions {
  /** How the token travels. */
  readonly state: State
}

/** In: the tokens that the client shows. Out: its token goes back to the client, or is forgotten. */
export function identify({ state }: IdentifyOptions): Stage<'identify'> {
  const deliver = (ctx: Context, delivery: Delivery): void => {
    const { what, token, shown, expiresAt, now, attributes, used } = delivery
    if (used && state.vary !== undefined) setSessionHeader(ctx, 'Vary', state.vary)
    if (what === 'none') return
    if (shown !== undefined) state.accepted?.(ctx, shown)
    if (what === 'forget') state.forget(ctx, attributes)
    else state.finalize(ctx, token!, { expiresAt, fresh: what === 'send', now, attributes })
  }

  const measure = (ctx: Context, shown: string | undefined, token: string): void => {
    if (!state.measure) return
    // The client is answered by the way that it came.
    if (shown !== undefined) state.accepted?.(ctx, shown)
    state.measure(ctx, token)
  }

  const hook: Hook = function* (ctx, session) {
    presentTokens(session, state.extract(ctx, tokenTest(session)))
    onDelivery(session, deliver, measure)
    // A link to a session that nobody has begun would only be missed.
    state.attach?.(ctx, () => (session.stored || session.changed ? session.token : undefined))
    try {
      yield
    } catch (error) {
      // What was destroyed or moved before is told to the client all the same.
      try {
        deliverToken(session)
      } catch (second) {
        reportError(ctx, second)
      }
      throw error
    }
    deliverToken(session)
  }
  return stage('identify', hook, { needsClient: true })
}

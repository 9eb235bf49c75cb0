import { isFailure } from '../failure.ts'
import { type Stage, stage } from '../pipeline/stage.ts'

/** What `flash` needs. */
export interface FlashOptions {
  /** Copy each waiting message to `ctx.state` on the way in: a look, and a use of the session. Default false. */
  readonly toState?: boolean | undefined
}

/** In: hands over what waits. Out: sweeps what has been shown, unless the response is a failure. */
export function flash({ toState = false }: FlashOptions = {}): Stage<'flash'> {
  return stage('flash', function* (ctx, session) {
    if (toState && session.stored) {
      session.look()
      Object.assign(ctx.state, session.flash)
    }
    let thrown: { readonly error: unknown } | undefined
    try {
      yield
    } catch (error) {
      thrown = { error }
      throw error
    } finally {
      if (session.flashLooked && !isFailure(ctx, thrown)) session.flashBag.sweep()
    }
  })
}

import { type Stage, stage } from '../pipeline/stage.ts'
import { answerMismatch, type BindingSource, digest, type OnMismatch } from './mismatch.ts'

/** What `verifyUserAgent` compares. */
export interface VerifyUserAgentOptions {
  /** Another source of the value. Default: the `User-Agent` header, `''` when there is none. */
  readonly by?: BindingSource | undefined
  /** Default `'destroy'`. */
  readonly onMismatch?: OnMismatch | undefined
}

/**
 * Compares the client's user agent with the user agent that created the session. A browser that updates itself
 * loses its session, so consider a `by` that keeps the family alone. Bound to, and shown as
 * `session.boundUserAgent`, is the SHA-256 of the value: a header may be of any length.
 */
export function verifyUserAgent(options: VerifyUserAgentOptions | boolean): Stage<'verifyUserAgent'> {
  const { by = (ctx) => ctx.get('User-Agent'), onMismatch = 'destroy' } = Object(
    options,
  ) as VerifyUserAgentOptions
  return stage(
    'verifyUserAgent',
    function* (ctx, session) {
      const bound = session.boundUserAgent
      if (bound !== undefined && bound !== digest(by(ctx))) {
        answerMismatch(session, 'user agent mismatch', onMismatch)
      }
      session.onCreate(() => {
        session.annotations['boundUserAgent'] = digest(by(ctx))
      })
    },
    { off: options === false, needsClient: true },
  )
}

import { describe } from '../checks/messages.ts'
import {
  Pipeline,
  type Session,
  SessionConfigError,
  SessionError,
  type Sessions,
  type Stage,
  stage,
} from '../index.ts'
import { isUnavailable } from '../stages.ts'
import type { TestContext } from './client.ts'

/** Any middleware that `session(app, …)` returned; what it adds to the context does not matter here. */
export type AnySessions = Pick<Sessions, 'app' | 'stages' | 'state' | 'with'>

/**
 * Sends the context through the stages of `sessions`, in place of the middleware itself; `visit` is the handler, with
 * the session as a stage sees it.
 *
 * @throws SessionError `ERR_SESSION_UNAVAILABLE` when the request does not get as far as a session.
 */
export async function passThrough(
  sessions: AnySessions,
  ctx: TestContext,
  visit: (session: Session) => unknown,
  edit: (stage: Stage) => Stage = (one) => one,
): Promise<void> {
  let reached = false
  const probe = stage('koa-session-pipeline/testing', async function* (_ctx, session) {
    if (isUnavailable(session)) return
    reached = true
    await visit(session)
  })
  const stages = new Pipeline([...[...sessions.stages].map(edit), probe])
  await sessions.with({ stages: () => stages })(ctx, () => Promise.resolve())
  // What waits for the response to be over, as the late save does.
  ctx.res.emit('close')
  if (reached) return
  throw new SessionError(
    'ERR_SESSION_UNAVAILABLE',
    'The request of the test was given no session: the option skip left it out, or a stage stopped or refused it. ' +
      'Describe a client that is let in: { headers, address, url }.',
  )
}

/** @throws SessionConfigError for what is no middleware of ours. */
export function checkSessions(sessions: unknown): void {
  const { app, stages, with: sibling } = Object(sessions) as Partial<AnySessions>
  if (typeof app?.createContext === 'function' && stages !== undefined && typeof sibling === 'function')
    return
  throw new SessionConfigError(
    `Expected the middleware that session(app, …) returned as the first argument, got ${describe(sessions)}.`,
  )
}

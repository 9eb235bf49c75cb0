import { checkOptions, duration } from '../checks/options.ts'
import { type Duration, parseDuration } from '../checks/duration.ts'
import { ConflictError, UnsupportedError } from '../errors.ts'
import { deadlineOf } from '../session/extension.ts'
import type { SessionData } from '../session/members.ts'
import { lifeOf, type Session } from '../session/session.ts'
import { isUnavailable, useSession } from '../session/stage-functions.ts'
import { hold, type Look } from './holding.ts'
import { type OpenSession, showOpen } from './open-session.ts'
import { byId, checkSource, type SessionSource } from './source.ts'
import { type Leave, visit, type Visited } from './visit.ts'

/** What a middleware can do outside of the requests that it serves. */
export interface Opens<Data = SessionData> {
  /**
   * The session outside of a request: of a client that has made one (a WebSocket upgrade), or by the id that a
   * background job has kept. `undefined` when there is no live one. Bindings are checked for a request. No cookie is
   * ever set, so `changeId` and `regenerate` reject with `ERR_HEADERS_SENT`. Nothing is saved without `save()` or
   * `update()`. Call `close()` when you are done; the end of the session does it too, and fires `signal`.
   *
   * @throws TypeError for anything but a request or `{ id }` with the id of a session; SessionConfigError for wrong
   * options; UnsupportedError for the id of a sealed session; StoreUnavailableError.
   */
  open(source: SessionSource, options?: OpenOptions): Promise<OpenSession<Data> | undefined>
}

/** How `sessions.open` watches for the end of a session. */
export interface OpenOptions {
  /**
   * How often the session is read again, to notice what other processes have done to it. Default `'1m'`. What this
   * process does is noticed at once, and the deadline when it comes.
   */
  readonly recheck?: Duration | undefined
}

/** `sealed`: sessions travel in their tokens. */
export async function openSession(
  visited: Visited,
  sealed: boolean,
  source: SessionSource,
  options: OpenOptions = {},
): Promise<object | undefined> {
  checkOptions(undefined, options, { recheck: duration() })
  const recheck = parseDuration(options.recheck ?? '1m', 'recheck')!
  const opening = checkSource(source)
  if (sealed && opening.id !== undefined) {
    throw new UnsupportedError(
      'A sealed session travels in its token, so no store has a record under its id. Open it with the request that brings the token.',
    )
  }
  const { session, leave } = await visit(visited, opening)
  if (!leave) return undefined
  if (opening.id === undefined && !(await countUse(session, leave))) return undefined
  const { id } = session
  const look = (): Look | Promise<Look> => (sealed ? lookAtDeadline(session) : lookAgain(visited, id))
  return showOpen(session.data, hold(session, leave, look, recheck))
}

/** The request is a use of the session, so it extends by the same rule as any other. `false`: it has ended meanwhile. */
async function countUse(session: Session, leave: Leave): Promise<boolean> {
  const life = lifeOf(session)
  useSession(session)
  try {
    if (!life.credential.sealed && deadlineOf(life, life.record!, life.now) > life.record!.expiresAt)
      await session.touch()
    return true
  } catch (error) {
    session.noStore = true
    await leave()
    if (error instanceof ConflictError) return false
    throw error
  } finally {
    // Letting go, which may be hours later, is no use.
    life.used = false
  }
}

async function lookAgain(visited: Visited, id: string): Promise<Look> {
  const { session, leave } = await visit(visited, byId(id))
  const { record, endReason } = lifeOf(session)
  await leave?.()
  // The store was down, and the option onStoreError says that requests go on without a session.
  if (isUnavailable(session)) return { expiresAt: Infinity }
  return leave && record ? { expiresAt: record.expiresAt } : { endReason }
}

/** Of a sealed session, which no store has a record of. */
function lookAtDeadline(session: Session): Look {
  const { expiresAt } = lifeOf(session).record!
  return session.now > expiresAt ? { endReason: 'session expired' } : { expiresAt }
}

import { type AllowedData, type Flash, type Session, type Sessions, type Stage, stage } from '../index.ts'
import { type SessionCarrier, shownBy } from './carrier.ts'
import { contextFor, type TestClient } from './client.ts'
import type { SessionContents } from './mint.ts'
import { type AnySessions, checkSessions, passThrough } from './probe.ts'

/** A copy of what a session held when it was read. */
export interface ReadSession<Data> {
  readonly id: string
  readonly data: SessionContents<Data>
  /** The messages that wait. */
  readonly flash: Flash
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly expiresAt: Date
  /** In milliseconds; `false` for none. */
  readonly idleTimeout: number | false
  readonly absoluteTimeout: number | false
  /** Whether the cookie outlives the browser; `undefined` while the state decides. */
  readonly persistent: boolean | undefined
  readonly boundAddress: string | undefined
  readonly boundUserAgent: string | undefined
}

/** These would end, extend or use up what is only looked at. */
const LEFT_OUT: ReadonlySet<string> = new Set(['verifyAddress', 'verifyUserAgent', 'extendExpiry', 'flash'])

/**
 * Reads the session that somebody's cookie shows, without a trace: it is neither extended nor saved, flash goes on
 * waiting, and bindings are not compared. Your own stages run.
 *
 * @param sessions what `session(app, options)` returned
 * @param carrier a `Cookie` header, `Set-Cookie` lines, a response, or what `mintSession` returned
 * @param client what the request looks like to `skip` and your stages
 * @returns `undefined` when that is no live session
 * @throws SessionConfigError for what is no middleware of ours, and for a client that is described wrongly; TypeError
 * for a carrier that is none; SessionError `ERR_SESSION_UNAVAILABLE` when `skip` or a stage gives the request no
 * session; what the store throws.
 */
export async function readSession<Data extends AllowedData, Names extends string, As extends string>(
  sessions: Sessions<Data, Names, As>,
  carrier: SessionCarrier,
  client: TestClient = {},
): Promise<ReadSession<Data> | undefined> {
  checkSessions(sessions)
  const served = sessions as unknown as AnySessions
  const { headers, url } = shownBy(carrier)
  const ctx = contextFor(served, 'HEAD', {
    ...client,
    headers: { ...headers, ...client.headers },
    url: client.url ?? url,
  })
  let read: ReadSession<Data> | undefined
  const look = (session: Session): void => {
    if (session.stored) read = copyOf(session)
    session.noStore = true
  }
  await passThrough(served, ctx, look, watching)
  return read
}

function copyOf<Data>(session: Session): ReadSession<Data> {
  const { id, createdAt, updatedAt, expiresAt, idleTimeout, absoluteTimeout, persistent } = session
  return {
    id,
    data: { ...session.data } as SessionContents<Data>,
    flash: { ...session.flash },
    createdAt: createdAt!,
    updatedAt: updatedAt!,
    expiresAt: expiresAt!,
    idleTimeout,
    absoluteTimeout,
    persistent,
    boundAddress: session.boundAddress,
    boundUserAgent: session.boundUserAgent,
  }
}

function watching(one: Stage): Stage {
  return LEFT_OUT.has(one.name) ? stage(one.name, function* () {}) : one
}

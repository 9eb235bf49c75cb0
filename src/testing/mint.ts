import type { OutgoingHttpHeaders } from 'node:http'
import type { Context } from 'koa'
import { describe, isPlainData } from '../checks/messages.ts'
import {
  type AllowedData,
  ParameterState,
  type Session,
  SessionError,
  type SessionContext,
  type SessionData,
  type Sessions,
  type State,
} from '../index.ts'
import { cookieHeader } from './carrier.ts'
import { contextFor, type TestClient } from './client.ts'
import { type AnySessions, checkSessions, passThrough } from './probe.ts'

/** What a session holds; any key where its type says none. */
export type SessionContents<Data> = keyof Data extends never ? Record<string, unknown> : Data

/** Writes to the session as a handler of your application would. */
export type MintingHandler<Data extends AllowedData = SessionData, As extends string = 'session'> = (
  ctx: Context & SessionContext<Data, As>,
) => unknown

/** A session that a test has made, and how to show it. */
export interface MintedSession {
  /** What `ctx.session.id` will be. */
  readonly id: string
  /** The token itself, which the client sends. Sealed sessions travel in it. */
  readonly token: string
  /** The `Cookie` header; empty where the token travels in another way. */
  readonly cookie: string
  /** The request headers that show the session: `cookie`, or that of a `HeaderState`. */
  readonly headers: Readonly<Record<string, string>>
  /** The URL with the token in its query, where the state is a `ParameterState`; else as it was given. */
  url(url: string): string
}

/**
 * Makes a session as a visitor's first request would: all stages run, so it is bound, stored or sealed, and announced
 * by events as your options say.
 *
 * @param sessions what `session(app, options)` returned
 * @param contents the data of the session, or a handler that writes to `ctx.session`: flash, lifetimes, verbs. It may
 * be async. Default: an empty session
 * @param client what the request looks like to `verifyAddress`, `verifyUserAgent`, `skip` and your stages
 * @throws SessionConfigError for what is no middleware of ours, and for a client that is described wrongly; TypeError
 * for contents that are neither data nor a function, and for reserved names; SessionError `ERR_SESSION_UNAVAILABLE`
 * when `skip` or a stage gives the request no session, or when the handler left none; what the store throws.
 */
export async function mintSession<Data extends AllowedData, Names extends string, As extends string>(
  sessions: Sessions<Data, Names, As>,
  contents: SessionContents<Data> | MintingHandler<Data, As> = {} as SessionContents<Data>,
  client: TestClient = {},
): Promise<MintedSession> {
  checkSessions(sessions)
  const served = sessions as unknown as AnySessions
  const ctx = contextFor(served, 'GET', client)
  ctx.status = 200
  let minted: Session | undefined
  await passThrough(served, ctx, async (session) => {
    minted = session
    if (typeof contents === 'function') await (contents as (ctx: Context) => unknown)(ctx)
    else await fill(session, contents)
    // A test goes on at once.
    session.lateStore = false
  })
  const { id, stored, token } = minted!
  if (!stored || token === undefined)
    throw new SessionError(
      'ERR_SESSION_UNAVAILABLE',
      'There is no session to return: the handler wrote nothing, ended the session or set noStore.',
    )
  const sent = ctx.res.getHeaders()
  const cookie = cookieHeader(linesIn(sent))
  return {
    id,
    token,
    cookie,
    headers: { ...(cookie === '' ? {} : { cookie }), ...carrying(sent, token) },
    url: (url) => parameterIn(served.state)?.url(ctx, url) ?? url,
  }
}

async function fill(session: Session, contents: unknown): Promise<void> {
  if (!isPlainData(contents)) {
    throw new TypeError(
      `Expected the contents of the session to be an object or a function, got ${describe(contents)}`,
    )
  }
  Object.assign(session.data, contents)
  if (!session.changed) await session.touch()
}

function linesIn(headers: OutgoingHttpHeaders): string[] {
  return [headers['set-cookie'] ?? []].flat()
}

/** What the response gave the client to send back under the same name. */
function carrying(headers: OutgoingHttpHeaders, token: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name]) => (headers[name] === token ? [[name, token]] : [])),
  )
}

function parameterIn(state: State): { url(ctx: Context, url: string): string } | undefined {
  const states = 'states' in state ? (state.states as readonly State[]) : [state]
  return states.find((one) => one instanceof ParameterState)
}

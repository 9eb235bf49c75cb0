import { type IncomingMessage, ServerResponse } from 'node:http'
import type Koa from 'koa'
import type { Context } from 'koa'
import { run } from '../pipeline/run.ts'
import type { Stage } from '../pipeline/stage.ts'
import { lifeOf, Session } from '../session/session.ts'
import type { SessionSettings } from '../session/settings.ts'
import { holdSession } from '../session/slot.ts'
import { isUnavailable } from '../session/stage-functions.ts'
import type { Opening } from './source.ts'

/** What is visited again and again: the stages of a middleware. */
export interface Visited {
  readonly app: Pick<Koa, 'createContext'>
  readonly as: string
  readonly settings: SessionSettings
  readonly stages: readonly Stage[]
  readonly skip: ((ctx: Context) => boolean) | undefined
}

/** Lets the stages that were entered go on outward. Rejects with what they throw. */
export type Leave = () => Promise<void>

/** A session that went in through the stages. Without `leave` there is no live one, and all stages have ended. */
export interface Visit {
  readonly session: Session
  readonly leave: Leave | undefined
}

/** Looks the session up, on a context that nobody answers. */
export async function visit(
  { app, as, settings, stages, skip }: Visited,
  { req, id }: Opening,
): Promise<Visit> {
  const ctx = app.createContext(req, sentResponse(req)) as unknown as Context
  ctx.respond = false
  const session = new Session(ctx, settings)
  const life = lifeOf(session)
  life.outside = true
  holdSession(ctx, as, session)
  if (id === undefined) {
    if (skip?.(ctx) === true) return { session, leave: undefined }
    return { session, leave: await enter(stages, ctx, session) }
  }
  life.credential.byId = true
  life.tokens = [id]
  const running = stages.filter(({ needsClient }) => needsClient !== true)
  const leave = await enter(running, ctx, session)
  // Nobody has shown the id.
  life.tokens = []
  return { session, leave }
}

/** Goes in through the stages, and out again when there is no live session. */
async function enter(stages: readonly Stage[], ctx: Context, session: Session): Promise<Leave | undefined> {
  const leave = await new Promise<Leave | undefined>((arrive, fail) => {
    const finished = run(stages, ctx, session, () => {
      return new Promise<void>((goOut) => {
        arrive(() => {
          goOut()
          return finished
        })
      })
    })
    finished.then(() => arrive(undefined), fail)
  })
  if (!leave || (session.stored && !isUnavailable(session))) return leave
  session.noStore = true
  await leave()
  return undefined
}

/** Its headers count as sent, so that nothing waits for the client to be told. */
function sentResponse(req: IncomingMessage): ServerResponse {
  return Object.defineProperty(new ServerResponse(req), 'headersSent', { value: true })
}

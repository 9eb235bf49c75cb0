import type Koa from 'koa'
import type { Context } from 'koa'
import type { LockPlan } from '../persistence/session-lock.ts'
import type { Stage } from '../pipeline/stage.ts'
import type { Concurrency } from '../session/concurrency.ts'
import { lifeOf, Session } from '../session/session.ts'
import type { SessionSettings } from '../session/settings.ts'
import { holdSession, type Slot } from '../session/slot.ts'
import { isUnavailable } from '../session/stage-functions.ts'
import type { SealedStoreContract, Store } from '../stores/store.ts'
import type { Look } from './holding.ts'
import { enter, type Leave } from './passage.ts'
import { sentResponse } from './response.ts'
import { byId, type Opening } from './source.ts'

/** What opening needs to know of the options. */
export interface Plan {
  readonly store: Store | SealedStoreContract
  readonly concurrency?: Concurrency | undefined
  readonly skip?: ((ctx: Context) => boolean) | undefined
}

/** What is opened again and again. */
export interface Opener extends Plan {
  readonly app: Pick<Koa, 'createContext'>
  readonly slot: Slot
  readonly settings: SessionSettings
  readonly stages: () => readonly Stage[]
  /** The lock that requests take. */
  readonly lock: LockPlan | undefined
}

/** A session that nothing was looked up for, on a context that nobody answers. */
export function begin({ app, settings, slot }: Opener, { req, id }: Opening): Session {
  const ctx = app.createContext(req, sentResponse(req)) as unknown as Context
  ctx.respond = false
  const own = new Session(ctx, settings)
  holdSession(ctx, slot, own)
  if (id !== undefined) {
    const life = lifeOf(own)
    life.credential.byId = true
    life.tokens = [id]
  }
  return own
}

/** Goes in through the stages, and out again when there is no live session. */
export async function enterLive(
  { stages }: Opener,
  { id }: Opening,
  own: Session,
): Promise<Leave | undefined> {
  const running = id === undefined ? stages() : stages().filter(({ needsClient }) => needsClient !== true)
  const leave = await enter(running, lifeOf(own).ctx, own)
  // Nobody has shown the id.
  if (id !== undefined) lifeOf(own).tokens = []
  if (!leave || (own.stored && !isUnavailable(own))) return leave
  own.noStore = true
  await leave()
  return undefined
}

/** `id`: absent where there is no record to look at. */
export async function look(opener: Opener, opened: Session, id: string | undefined): Promise<Look> {
  if (id === undefined) {
    const { expiresAt } = lifeOf(opened).record!
    return opened.now > expiresAt ? { endReason: 'session expired' } : { expiresAt }
  }
  const opening = byId(id)
  const own = begin(opener, opening)
  const leave = await enterLive(opener, opening, own)
  const { record, endReason } = lifeOf(own)
  const found = leave && record ? { expiresAt: record.expiresAt } : { endReason }
  await leave?.()
  // The store was down, and the option onStoreError says that requests go on without a session.
  return isUnavailable(own) ? { expiresAt: Infinity } : found
}

import type Koa from 'koa'
import type { Context } from 'koa'
import { DURATION_FORMS, type Duration, parseDuration } from '../checks/duration.ts'
import { isPlainData, unknownOption, wrongOption } from '../checks/messages.ts'
import { UnsupportedError } from '../errors.ts'
import { guardedStore } from '../persistence/guarded-store.ts'
import { isSealed, SEALED } from '../persistence/sealed-records.ts'
import type { LockPlan } from '../persistence/session-lock.ts'
import type { Stage } from '../pipeline/stage.ts'
import { type Concurrency, planConcurrency } from '../session/concurrency.ts'
import type { SessionData } from '../session/members.ts'
import { lifeOf, Session } from '../session/session.ts'
import type { SessionSettings } from '../session/settings.ts'
import { holdSession, type Slot } from '../session/slot.ts'
import { isUnavailable, useSession } from '../session/stage-functions.ts'
import type { SealedStoreContract, Store } from '../stores/store.ts'
import { Holding, type Look } from './holding.ts'
import { type OpenSession, showOpen } from './open-session.ts'
import { enter, type Leave } from './passage.ts'
import { type Alone, VerbByVerb } from './persistence.ts'
import { sentResponse } from './response.ts'
import { byId, checkSource, type Opening, type SessionSource } from './source.ts'

/** How `sessions.open` watches for the end of a session. */
export interface OpenOptions {
  /**
   * How often the session is read again, to notice what other processes have done to it. Default `'1m'`. What this
   * process does is noticed at once, and the deadline when it comes.
   */
  readonly recheck?: Duration | undefined
}

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

/** What opening needs to know of the options. */
interface Plan {
  readonly store: Store | SealedStoreContract
  readonly concurrency: Concurrency | undefined
  readonly skip: ((ctx: Context) => boolean) | undefined
}

interface Opener extends Plan {
  readonly app: Pick<Koa, 'createContext'>
  readonly slot: Slot
  readonly settings: SessionSettings
  readonly stages: () => readonly Stage[]
  /** The lock that requests take. */
  readonly lock: LockPlan | undefined
}

/** `unlocked`: the same stages for sessions that hold no lock. */
export function opener(
  app: Pick<Koa, 'createContext'>,
  slot: Slot,
  settings: SessionSettings,
  { store, concurrency, skip }: Plan,
  running: readonly Stage[],
  unlocked: () => Iterable<Stage>,
): Opens<object>['open'] {
  const { mode, ...plan } = planConcurrency(concurrency, isSealed(store) ? SEALED : store.capabilities)
  const lock = mode === 'lock' ? plan : undefined
  let apart: readonly Stage[] | undefined
  // A session may be open for hours: only its verbs take the lock, one by one.
  const stages = (): readonly Stage[] =>
    lock ? (apart ??= [...unlocked()].filter(({ off }) => !off)) : running
  const all = { app, slot, settings, store, concurrency, skip, stages, lock }
  return (source, options) => open(all, source, options) as never
}

async function open(
  opener: Opener,
  source: SessionSource,
  options?: OpenOptions,
): Promise<object | undefined> {
  const recheck = checkRecheck(options)
  const opening = checkSource(source)
  const sealed = isSealed(opener.store)
  if (sealed && opening.id !== undefined) {
    throw new UnsupportedError(
      'A sealed session travels in its token, so no store has a record under its id. Open it with the request that brings the token.',
    )
  }
  const own = begin(opener, opening)
  const life = lifeOf(own)
  if (opening.id === undefined && opener.skip?.(life.ctx) === true) return undefined
  const leave = await enterLive(opener, opening, own)
  if (!leave) return undefined
  if (life.persistence) life.persistence = new VerbByVerb(life.persistence, life, aloneBy(opener))
  if (opening.id === undefined) await countUse(own, leave)
  const { id } = own
  const lookAgain = (): Promise<Look> => look(opener, own, sealed ? undefined : id)
  return showOpen(own.data, new Holding(own, leave, lookAgain, recheck))
}

function begin({ app, settings, slot }: Opener, { req, id }: Opening): Session {
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
async function enterLive({ stages }: Opener, { id }: Opening, own: Session): Promise<Leave | undefined> {
  const running = id === undefined ? stages() : stages().filter(({ needsClient }) => needsClient !== true)
  const leave = await enter(running, lifeOf(own).ctx, own)
  if (!leave || (own.stored && !isUnavailable(own))) return leave
  own.noStore = true
  await leave()
  return undefined
}

/** The request is a use of the session, so it extends by the same rule as any other. */
async function countUse(own: Session, leave: Leave): Promise<void> {
  const life = lifeOf(own)
  useSession(own)
  try {
    if (!life.credential.sealed && life.deadlineOf(life.record!) > life.record!.expiresAt) await own.touch()
  } catch (error) {
    own.noStore = true
    await leave()
    throw error
  }
  // Letting go, which may be hours later, is no use.
  life.used = false
}

/** `id`: absent where there is no record to look at. */
async function look(opener: Opener, opened: Session, id: string | undefined): Promise<Look> {
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

function aloneBy({ store, lock }: Opener): Alone | undefined {
  if (!lock || isSealed(store)) return undefined
  const { locks } = guardedStore(store)
  return async (id, work) => {
    const held = await locks.take(id, lock)
    try {
      return await work()
    } finally {
      await held.release()
    }
  }
}

function checkRecheck(options: OpenOptions = {}): number {
  if (!isPlainData(options)) throw wrongOption('the options of open()', 'an object', options)
  const unknown = Object.keys(options).find((key) => key !== 'recheck')
  if (unknown !== undefined) throw unknownOption(undefined, unknown, ['recheck'])
  const { recheck = '1m' } = options
  const ms = parseDuration(recheck, 'recheck')
  if (ms === undefined) throw wrongOption('recheck', DURATION_FORMS, recheck)
  return ms
}

import type Koa from 'koa'
import { ConflictError, UnsupportedError } from '../errors.ts'
import { sharedStore } from '../persistence/shared-store.ts'
import { isSealed, SEALED } from '../persistence/sealed-records.ts'
import type { Stage } from '../pipeline/stage.ts'
import { planConcurrency } from '../session/concurrency.ts'
import { deadlineOf } from '../session/extension.ts'
import type { SessionData } from '../session/members.ts'
import type { Alone, Life } from '../session/life.ts'
import { lifeOf, type Session } from '../session/session.ts'
import type { SessionSettings } from '../session/settings.ts'
import type { Slot } from '../session/slot.ts'
import { useSession } from '../session/stage-functions.ts'
import { Holding, type Look } from './holding.ts'
import { begin, enterLive, look, type Opener, type Plan } from './live.ts'
import { type OpenSession, showOpen } from './open-session.ts'
import { checkRecheck, type OpenOptions } from './options.ts'
import type { Leave } from './passage.ts'
import { checkSource, type SessionSource } from './source.ts'

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

/** The option for sessions that hold no lock. */
export interface Unlocked {
  readonly concurrency: 'merge'
}

/** `edited`: the same stages for sessions that hold no lock. */
export function opener(
  app: Pick<Koa, 'createContext'>,
  slot: Slot,
  settings: SessionSettings,
  { store, concurrency, skip }: Plan,
  running: readonly Stage[],
  edited: (by: Unlocked) => Iterable<Stage>,
): Opens<object>['open'] {
  const { mode, ...plan } = planConcurrency(concurrency, isSealed(store) ? SEALED : store.capabilities)
  const lock = mode === 'lock' ? plan : undefined
  let apart: readonly Stage[] | undefined
  // A session may be open for hours: only its verbs take the lock, one by one.
  const stages = (): readonly Stage[] =>
    lock ? (apart ??= [...edited({ concurrency: 'merge' })].filter(({ off }) => !off)) : running
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
  life.alone = aloneBy(opener, life)
  if (opening.id === undefined && !(await countUse(own, leave))) return undefined
  const { id } = own
  const lookAgain = (): Promise<Look> => look(opener, own, sealed ? undefined : id)
  return showOpen(own.data, new Holding(own, leave, lookAgain, recheck))
}

/** The request is a use of the session, so it extends by the same rule as any other. `false`: it has ended meanwhile. */
async function countUse(own: Session, leave: Leave): Promise<boolean> {
  const life = lifeOf(own)
  useSession(own)
  try {
    if (!life.credential.sealed && deadlineOf(life, life.record!, life.now) > life.record!.expiresAt)
      await own.touch()
    return true
  } catch (error) {
    own.noStore = true
    await leave()
    if (error instanceof ConflictError) return false
    throw error
  } finally {
    // Letting go, which may be hours later, is no use.
    life.used = false
  }
}

/** Takes the lock for each verb that writes, where requests take it. */
function aloneBy({ store, lock }: Opener, { credential }: Life): Alone {
  if (!lock || isSealed(store)) return (work) => work()
  const { locks } = sharedStore(store)
  return async (work) => {
    const held = await locks.take(credential.id, lock)
    try {
      return await work()
    } finally {
      await held.release()
    }
  }
}

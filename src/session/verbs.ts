import { isPlainData, kindOf, wrongOption } from '../checks/messages.ts'
import { type SessionConfigError, type SessionError, UnsupportedError } from '../errors.ts'
import { reportError } from '../events.ts'
import { canTell } from '../http/response.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import { hasChanges } from '../draft/draft.ts'
import { type Found, isGone } from '../persistence/records.ts'
import { type Concurrency, planConcurrency } from './concurrency.ts'
import { Credential } from './credential.ts'
import type { Keep } from './intention.ts'
import type { Life, Persisted } from './life.ts'
import type { RegenerateOptions } from './members.ts'
import { headersSent, sessionGone, withinUpdate } from './refusals.ts'
import { extend } from './setting.ts'
import { carryOut } from './settling.ts'
import { tell } from './telling.ts'
import { beginAnew, miss, reset } from './transitions.ts'
import { isWithinUpdate, updateRecord } from './update.ts'
import { create, touch as touchRecord, write } from './writing.ts'

/** One verb at a time, in the order of the calls, after what earlier ones have decided; then the client is told. */
async function run<T = void>(life: Life, verb?: (life: Persisted) => MaybePromise<T>): Promise<T> {
  requireTurn(life)
  return life.queue.run(async () => {
    const persisted = life as Persisted
    if (life.records) {
      if (life.outside) life.records.calls.askAgain()
      await carryOut(persisted)
    } else if (verb) {
      throw new UnsupportedError("There is no stage 'persist' in this pipeline, so nothing can be stored.")
    }
    const result = await verb?.(persisted)
    tell(life)
    return result as T
  })
}

/** A verb that nobody else may come between. */
function runAlone<T>(life: Life, verb: (life: Persisted) => Promise<T>): Promise<T> {
  return run(life, (stored) =>
    life.verbLock
      ? stored.records.alone(life.credential.id, life.verbLock, () => verb(stored))
      : verb(stored),
  )
}

/** The session has ended when this returns, and the store knows when the promise resolves. */
export async function destroy(life: Life, reason: string | undefined): Promise<void> {
  requireTurn(life)
  endAll(life, reason)
  await run(life)
}

/** `ctx.session = null`. */
export function endByAssignment(life: Life): void {
  requireTurn(life)
  const late = life.phase === 'committed'
  endAll(life)
  // Nobody waits for an assignment, and the commit is over.
  if (late) run(life).catch((error: unknown) => reportError(life.ctx, error))
}

export async function changeId(life: Life): Promise<void> {
  requireTurn(life)
  await renew(life)
}

/** A new object is in place when this returns. */
export async function regenerate(life: Life, options: RegenerateOptions | undefined): Promise<void> {
  requireTurn(life)
  const keep = checkKeep(options)
  if (typeof keep !== 'function') throw refused(life, keep)
  await renew(life, keep)
}

/** A new id: for the session as it is, or for another one that begins with the keys to keep. */
async function renew(life: Life, keep?: Keep): Promise<void> {
  if (!canTell(life.ctx)) throw refused(life, headersSent())
  if (life.overtaken === 'moved') beginAnew(life)
  const from = life.draft
  const to = keep ? from.keeping(keep) : from
  // There is a record, or will be one when what was decided is carried out.
  const stored = from.record !== undefined || life.intentions.some((earlier) => earlier.to === from)
  if (keep) life.restart(to)
  else if (!stored && !life.overtaken) life.credential.drop()
  if (stored) {
    const credential = new Credential(life.settings)
    // Of a session that starts afresh, the id may be asked for already.
    if (keep) credential.take(life.credential.identity)
    life.intentions = [...life.intentions, { from, to, keep, credential }]
  }
  await run(life)
}

export function save(life: Life): Promise<void> {
  return runAlone(life, async (stored) => {
    const changes = life.draft.changes()
    // That the session has ended is an error only if something is lost: Passport saves at logout, and two clicks end
    // one session.
    if (life.overtaken && !hasChanges(changes)) return
    if (life.overtaken || !(await write(stored, changes))) throw sessionGone(life.credential.id)
  })
}

/** Creates the session, even empty, or extends it now. */
export async function touch(life: Life): Promise<void> {
  requireTurn(life)
  extend(life)
  await run(life, async (stored) => {
    const { record, draft, overtaken, credential } = life
    const alive = !overtaken && (record ? touchRecord(stored, record) : create(stored, draft.changes(), true))
    if (!(await alive)) throw sessionGone(credential.id)
  })
}

export function reload(life: Life): Promise<void> {
  return run(life, async ({ records }) => {
    const { record } = life
    if (record) showFound(life, record.id, await records.read(record.id))
    else reset(life)
  })
}

export function update<Result>(life: Life, change: (data: object) => MaybePromise<Result>): Promise<Result> {
  return runAlone(life, async (stored) => {
    const { calls, shared } = stored.records
    if (!calls.store.capabilities.atomic)
      throw new UnsupportedError('update() needs a store with atomic writes, which this one is not.')
    if (life.overtaken) throw sessionGone(life.credential.id)
    return shared.turns.take(life.credential.id, () => updateRecord(stored, change))
  })
}

/** Another way to reconcile parallel requests, for this one. */
export function changeConcurrency(life: Life, asked: Concurrency | undefined): Promise<void> {
  return run(life, async ({ records }) => {
    const plan = planConcurrency(asked, records.calls.store.capabilities)
    life.plan = plan
    const { record } = life
    if (plan.mode !== 'lock' || records.lock || !record) return
    if (hasChanges(life.draft.changes())) {
      throw new UnsupportedError(
        'The session was changed before its lock was taken: put the sibling of with() before what writes.',
      )
    }
    showFound(life, record.id, await records.readAlone(record.id, plan))
  })
}

/** Shows what stands under the id of the session; nothing, when that is not alive. */
function showFound(life: Life, id: string, found: Found): void {
  if (isGone(found)) miss(life, id, found)
  reset(life, isGone(found) ? undefined : found)
}

/** Every live session that the client showed under our name. */
function endAll(life: Life, reason?: string): void {
  const { credential, tokens } = life
  const others = tokens.filter((token) => token !== credential.shown)
  const ids = others.flatMap((token) => credential.idOf(token) ?? [])
  life.end(reason, ids)
}

/** The choice of keys, or what is wrong with the options. */
function checkKeep(options: RegenerateOptions | undefined): Keep | SessionConfigError {
  const { keep = false, ...others }: Record<string, unknown> =
    options === undefined || isPlainData(options) ? { ...options } : { wrong: options }
  if (Object.keys(others).length > 0)
    return wrongOption('the argument of regenerate', "an object such as { keep: ['cart'] }", kindOf(options))
  if (typeof keep === 'boolean') return () => keep
  if (!Array.isArray(keep) || !keep.every((key) => typeof key === 'string'))
    return wrongOption('keep', 'true, false or a list of keys', kindOf(keep))
  const kept = new Set<string>(keep)
  return (name) => kept.has(name)
}

/** @throws SessionError when there is no session, and from inside of an `update()`, which would wait for itself. */
function requireTurn(life: Life): void {
  life.requireOpen()
  if (isWithinUpdate(life)) throw refused(life, withinUpdate())
}

/** Nobody may be waiting for the verb, and the commit does not try it again. */
function refused(life: Life, error: SessionError): SessionError {
  life.queue.note(error)
  return error
}

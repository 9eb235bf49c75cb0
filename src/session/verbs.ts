import { isPlainData, kindOf, wrongOption } from '../checks/messages.ts'
import { type SessionConfigError, type SessionError, UnsupportedError } from '../errors.ts'
import { reportError } from '../events.ts'
import { canTell } from '../http/response.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import { hasChanges } from '../draft/draft.ts'
import { type Found, isGone, type Records } from '../persistence/records.ts'
import { type Concurrency, planConcurrency } from './concurrency.ts'
import type { Keep } from './intention.ts'
import type { Life } from './life.ts'
import type { RegenerateOptions } from './members.ts'
import { headersSent, sessionGone, withinUpdate } from './refusals.ts'
import { extend } from './setting.ts'
import { settle } from './settling.ts'
import { tell } from './telling.ts'
import { beginAnew, miss, reset } from './transitions.ts'
import { isWithinUpdate, updateRecord } from './update.ts'
import { create, touch as touchRecord, write } from './writing.ts'

/** One verb at a time, in the order of the calls; then the client is told. */
async function run<T>(life: Life, verb: (records: Records | undefined) => Promise<T>): Promise<T> {
  requireTurn(life)
  return life.verbs.run(async () => {
    const { records, alone } = life
    if (alone) records?.calls.askAgain()
    const result = await verb(records)
    tell(life)
    return result
  })
}

/** A verb that needs a store. @throws UnsupportedError when the pipeline has nothing that stores. */
function runStored<T>(life: Life, verb: (records: Records) => Promise<T>): Promise<T> {
  return run(life, async (records) => {
    if (records) return verb(records)
    throw new UnsupportedError("There is no stage 'persist' in this pipeline, so nothing can be stored.")
  })
}

function runWriting<T>(life: Life, verb: (records: Records) => Promise<T>): Promise<T> {
  return runStored(life, (records) =>
    life.alone ? life.alone(life.credential.id, () => verb(records)) : verb(records),
  )
}

/** Lets the store know what was decided, by this verb or by earlier ones. */
function runSettling(life: Life): Promise<void> {
  return run(life, async (records) => records && settle(life, records))
}

/** Before what is done to a stored session. @throws ConflictError when it is none of this request's any more. */
async function settleAlive(life: Life, records: Records): Promise<void> {
  await settle(life, records)
  if (life.overtaken) throw sessionGone(life.credential.id)
}

/** The session has ended when this returns, and the store knows when the promise resolves. */
export async function destroy(life: Life, reason: string | undefined): Promise<void> {
  requireTurn(life)
  endAll(life, reason)
  await runSettling(life)
}

/** `ctx.session = null`. */
export function endByAssignment(life: Life): void {
  requireTurn(life)
  const late = life.phase === 'committed'
  endAll(life)
  // Nobody waits for an assignment, and the commit is over.
  if (late) runSettling(life).catch((error: unknown) => reportError(life.ctx, error))
}

export async function changeId(life: Life): Promise<void> {
  requireTurn(life)
  if (!canTell(life.ctx)) throw refused(life, headersSent())
  const { draft } = life
  if (life.overtaken === 'moved') beginAnew(life)
  else if (isStored(life)) life.intend({ from: draft, to: draft })
  else if (!life.overtaken) life.credential.drop()
  await runSettling(life)
}

/** A new object is in place when this returns. */
export async function regenerate(life: Life, options: RegenerateOptions | undefined): Promise<void> {
  requireTurn(life)
  const keep = checkKeep(options)
  if (typeof keep !== 'function') throw refused(life, keep)
  if (!canTell(life.ctx)) throw refused(life, headersSent())
  if (life.overtaken === 'moved') beginAnew(life)
  const { draft } = life
  const next = draft.keeping(keep)
  if (isStored(life)) life.intend({ from: draft, to: next, keep })
  life.restart(next)
  await runSettling(life)
}

export function save(life: Life): Promise<void> {
  return runWriting(life, async (records) => {
    await settle(life, records)
    const changes = life.draft.changes()
    // That the session has ended is an error only if something is lost: Passport saves at logout, and two clicks end
    // one session.
    if (life.overtaken && !hasChanges(changes)) return
    if (life.overtaken || !(await write(life, records, changes))) throw sessionGone(life.credential.id)
  })
}

/** Creates the session, even empty, or extends it now. */
export async function touch(life: Life): Promise<void> {
  requireTurn(life)
  extend(life)
  await runStored(life, async (records) => {
    await settleAlive(life, records)
    const { record } = life
    const alive = record
      ? touchRecord(life, records, record)
      : create(life, records, life.draft.changes(), true)
    if (!(await alive)) throw sessionGone(life.credential.id)
  })
}

export function reload(life: Life): Promise<void> {
  return runStored(life, async (records) => {
    await settle(life, records)
    const { record } = life
    if (record) showFound(life, record.id, await records.read(record.id))
    else reset(life)
  })
}

export function update<Result>(life: Life, change: (data: object) => MaybePromise<Result>): Promise<Result> {
  return runWriting(life, async (records) => {
    const { store, turns } = records.calls.shared
    if (!store.capabilities.atomic)
      throw new UnsupportedError('update() needs a store with atomic writes, which this one is not.')
    await settleAlive(life, records)
    return turns.take(life.credential.id, () => updateRecord(life, records, change))
  })
}

/** Another way to reconcile parallel requests, for this one. */
export function changeConcurrency(life: Life, asked: Concurrency | undefined): Promise<void> {
  return runStored(life, async (records) => {
    life.plan = planConcurrency(asked, records.calls.shared.store.capabilities)
    const { record, draft, plan } = life
    if (plan.mode !== 'lock' || records.lock || !record) return
    if (hasChanges(draft.changes())) {
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
  life.end(
    reason,
    others.flatMap((token) => credential.idOf(token) ?? []),
  )
}

/** There is a record, or will be one when what was decided is carried out. */
function isStored({ draft, intentions }: Life): boolean {
  return draft.record !== undefined || intentions.some(({ to }) => to === draft)
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
  life.verbs.note(error)
  return error
}

import { isPlainData, kindOf, wrongOption } from '../checks/messages.ts'
import { canTell } from '../http/response.ts'
import { reportError } from '../events.ts'
import { type SessionConfigError, type SessionError, UnsupportedError } from '../errors.ts'
import { headersSent } from './guards.ts'
import { Intention, type Keep, KEEP_NONE } from './intention.ts'
import type { Life } from './life.ts'
import type { RegenerateOptions } from './members.ts'
import type { Persistence } from './persistence.ts'
import { extend } from './setting.ts'
import { tell } from './telling.ts'
import { beginAnew } from './transitions.ts'

/** One verb at a time, in the order of the calls; then the client is told. */
export async function run<T>(
  life: Life,
  verb: (persistence: Persistence | undefined) => Promise<T>,
): Promise<T> {
  life.requireOpen()
  return life.verbs.run(async () => {
    const result = await verb(life.persistence)
    tell(life)
    return result
  })
}

/** A verb that needs a store. @throws UnsupportedError when the pipeline has nothing that stores. */
export function runStored<T>(life: Life, verb: (persistence: Persistence) => Promise<T>): Promise<T> {
  return run(life, async (persistence) => {
    if (persistence) return verb(persistence)
    throw new UnsupportedError("There is no stage 'persist' in this pipeline, so nothing can be stored.")
  })
}

/** The session has ended when this returns, and the store knows when the promise resolves. */
export async function destroy(life: Life, reason: string | undefined): Promise<void> {
  endAll(life, reason)
  await run(life, settle)
}

/** `ctx.session = null`. */
export function endByAssignment(life: Life): void {
  const late = life.phase === 'committed'
  endAll(life)
  // Nobody waits for an assignment, and the commit is over.
  if (late) run(life, settle).catch((error: unknown) => reportError(life.ctx, error))
}

export async function changeId(life: Life): Promise<void> {
  life.requireOpen()
  if (!canTell(life.ctx)) throw refused(life, headersSent())
  const { draft } = life
  if (life.overtaken === 'moved') beginAnew(life)
  else if (isStored(life)) life.intentions.push(new Intention(draft, draft))
  else if (!life.overtaken) life.credential.drop()
  await run(life, settle)
}

/** A new object is in place when this returns. */
export async function regenerate(life: Life, options: RegenerateOptions | undefined): Promise<void> {
  life.requireOpen()
  const keep = checkKeep(options)
  if (typeof keep !== 'function') throw refused(life, keep)
  if (!canTell(life.ctx)) throw refused(life, headersSent())
  if (life.overtaken === 'moved') beginAnew(life)
  const { draft } = life
  const next = draft.keeping(keep)
  if (isStored(life)) life.intentions.push(new Intention(draft, next, keep))
  life.restart(next)
  await run(life, settle)
}

/** Creates the session, even empty, or extends it now. */
export async function touch(life: Life): Promise<void> {
  extend(life)
  await runStored(life, (persistence) => persistence.touch())
}

async function settle(persistence: Persistence | undefined): Promise<void> {
  await persistence?.settle()
}

/** Every live session that the client showed under our name. */
function endAll(life: Life, reason?: string): void {
  const { shown } = life.credential
  life.end(
    reason,
    life.tokens.filter((token) => token !== shown),
  )
}

/** There is a record, or will be one when what was decided is carried out. */
function isStored({ draft, intentions }: Life): boolean {
  return draft.record !== undefined || intentions.some(({ to }) => to === draft)
}

/** The choice of keys, or what is wrong with the options. */
function checkKeep(options: RegenerateOptions | undefined): Keep | SessionConfigError {
  if (options === undefined) return KEEP_NONE
  const { keep = false, ...others } = isPlainData(options) ? options : { wrong: options }
  if (Object.keys(others).length > 0)
    return wrongOption('the argument of regenerate', "an object such as { keep: ['cart'] }", kindOf(options))
  if (typeof keep === 'boolean') return () => keep
  if (!Array.isArray(keep) || !keep.every((key) => typeof key === 'string'))
    return wrongOption('keep', 'true, false or a list of keys', kindOf(keep))
  const kept = new Set<string>(keep)
  return (name) => kept.has(name)
}

/** Nobody may be waiting for the verb, and the commit does not try it again. */
function refused(life: Life, error: SessionError): SessionError {
  life.verbs.failures.push(error)
  return error
}

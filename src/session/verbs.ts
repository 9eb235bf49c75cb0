import { DURATION_FORMS, type Duration, parseDuration } from '../checks/duration.ts'
import { isPlainData, kindOf, wrongOption } from '../checks/messages.ts'
import { isReserved, refuseReserved } from '../draft/reserved.ts'
import { UnsupportedError } from '../errors.ts'
import { reportError } from '../events.ts'
import { canTell } from '../http/response.ts'
import { NEVER } from '../record.ts'
import { headersSent } from './guards.ts'
import { KEEP_NONE } from './intention.ts'
import type { Life } from './life.ts'
import type { RegenerateOptions } from './members.ts'
import type { Persistence } from './persistence.ts'

/** `session.destroy`: the session has ended when this returns, and the store knows when the promise resolves. */
export async function destroy(life: Life, reason: string | undefined): Promise<void> {
  end(life, reason)
  await life.run(settle)
}

/** `ctx.session = null`. */
export function endByAssignment(life: Life): void {
  const late = life.phase === 'committed'
  end(life)
  // Nobody waits for an assignment, and the commit is over.
  if (late) life.run(settle).catch((error: unknown) => reportError(life.ctx, error))
}

export async function changeId(life: Life): Promise<void> {
  life.requireOpen()
  if (!canTell(life.ctx)) throw headersSent()
  const { draft } = life
  if (life.overtaken === 'moved') beginAnew(life)
  else if (isStored(life)) life.intend({ from: draft, to: draft })
  else if (!life.overtaken) life.credential.drop()
  await life.run(settle)
}

/** A new object is in place when this returns. */
export async function regenerate(life: Life, options: RegenerateOptions | undefined): Promise<void> {
  life.requireOpen()
  const keep = checkKeep(options)
  if (!canTell(life.ctx)) throw headersSent()
  if (life.overtaken === 'moved') beginAnew(life)
  const { draft } = life
  const next = draft.keeping(keep)
  if (isStored(life)) life.intend({ from: draft, to: next, keep })
  life.restart(next)
  await life.run(settle)
}

export async function settle(persistence: Persistence | undefined): Promise<void> {
  await persistence?.settle()
}

/** @throws UnsupportedError when the pipeline has nothing that stores. */
export function required(persistence: Persistence | undefined): Persistence {
  if (persistence) return persistence
  throw new UnsupportedError("There is no stage 'persist' in this pipeline, so nothing can be stored.")
}

/**
 * A session that begins by a deliberate verb, though the client's token has just moved: a login that was
 * clicked twice. What was loaded from the old record stays there.
 */
export function beginAnew(life: Life): void {
  life.draft.forgetLoaded()
  life.overtaken = undefined
  life.endReason = undefined
  life.credential.drop()
}

export function expireKey(life: Life, key: string, ttl: Duration): void {
  life.requireOpen()
  if (typeof key !== 'string' || key === '')
    throw new TypeError(`Expected the name of a key, got ${kindOf(key)}.`)
  if (isReserved(key)) throw refuseReserved(key)
  const ms = typeof ttl === 'number' && ttl <= 0 ? -1 : parseDuration(ttl)
  if (ms === undefined) throw wrongOption(`the ttl of '${key}'`, DURATION_FORMS, ttl)
  life.draft.deadlines.set(key, life.now + ms)
  if (ms < 0) life.draft.data.delete(key)
}

export function setTimeoutOf(
  life: Life,
  name: 'idleTimeout' | 'absoluteTimeout',
  timeout: Duration | false,
): void {
  life.requireOpen()
  const ms = timeout === false ? false : parseDuration(timeout)
  if (ms === undefined) throw wrongOption(name, `${DURATION_FORMS}, or false`, timeout)
  if (name === 'idleTimeout') life.draft.setLifetimes({ idleTimeout: ms })
  else life.draft.setLifetimes({ absoluteTimeout: ms, endsAt: ms === false ? NEVER : life.now + ms })
}

/** Creates or extends the session now, whatever the threshold says. */
export async function touch(life: Life): Promise<void> {
  extend(life)
  await life.run((persistence) => required(persistence).touch())
}

export function extend(life: Life, until?: number): void {
  life.requireOpen()
  const { draft, record, now } = life
  life.extension.ask({ ...draft.lifetimes, createdAt: record?.meta.createdAt ?? now }, now, until)
}

/** `ctx.session = { … }`. */
export function replaceData(life: Life, value: object): void {
  const { draft } = life
  // Parsed JSON can bring a key `__proto__`, which nobody meant to assign: it is left out, as a stored one is.
  const { ['__proto__']: _, ...values } = value as Record<string, unknown>
  life.requireOpen()
  if (value === draft.face) return
  const reserved = Object.keys(values).find(isReserved)
  if (reserved !== undefined) throw refuseReserved(reserved)
  if (Object.hasOwn(value, '__proto__')) life.leftOut(draft, ['__proto__'])
  if (life.mayWrite(draft)) draft.data.replace(values)
}

/** `session.flash = { … }`. */
export function setFlash(life: Life, messages: unknown): void {
  const { draft } = life
  life.requireOpen()
  if (!isPlainData(messages))
    throw new TypeError(`Expected flash to be an object of messages, got ${kindOf(messages)}.`)
  // `session.flash = session.flash || {}` keeps what is there.
  if (messages === draft.flashFace || !life.mayWrite(draft)) return
  const { ['__proto__']: _, ...values } = messages
  draft.flash.clear()
  for (const key of Object.keys(values)) draft.flash.set(key, values[key])
}

export function setPersistent(life: Life, persistent: unknown): void {
  life.requireOpen()
  if (typeof persistent !== 'boolean') throw wrongOption('persistent', 'true or false', persistent)
  life.draft.setLifetimes({ persistent })
}

/** Lets this client's address or user agent change. */
export function release(life: Life, name: 'boundAddress' | 'boundUserAgent', value: undefined): void {
  life.requireOpen()
  if (value !== undefined)
    throw new TypeError(`${name} can only be set to undefined, which lets this client's change.`)
  life.released.push(name)
  life.draft.annotations.delete(name)
}

function end(life: Life, reason?: string): void {
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

function checkKeep(options: RegenerateOptions | undefined): (name: string) => boolean {
  if (options === undefined) return KEEP_NONE
  const { keep = false, ...others } = Object(options) as RegenerateOptions
  const expected = '{ keep }, a list of keys or true'
  if (typeof options !== 'object' || Array.isArray(options) || Object.keys(others).length > 0)
    throw wrongOption('the argument of regenerate', expected, options)
  if (typeof keep === 'boolean') return () => keep
  if (!Array.isArray(keep) || !keep.every((key) => typeof key === 'string'))
    throw wrongOption('keep', 'true, false or a list of keys', keep)
  const kept = new Set<string>(keep)
  return (name) => kept.has(name)
}

import { DURATION_FORMS, type Duration, parseDuration } from '../checks/duration.ts'
import { isPlainData, kindOf, wrongOption } from '../checks/messages.ts'
import { isReserved, refuseReserved } from '../draft/reserved.ts'
import { UnsupportedError } from '../errors.ts'
import { nextDeadline } from '../persistence/lifetime.ts'
import { NEVER } from '../record.ts'
import type { Life } from './life.ts'

/** `ctx.session = { … }`. */
export function setData(life: Life, value: unknown): void {
  if (!isPlainData(value))
    throw new TypeError(
      `Expected ctx.session to be set to an object of data or to null, got ${kindOf(value)}.`,
    )
  const { draft } = life
  life.requireOpen()
  if (value === draft.data.face) return
  // Parsed JSON can bring a key `__proto__`, which nobody meant to assign: it is left out, as a stored one is.
  const { ['__proto__']: _, ...values } = value
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
  if (messages === draft.flash.face || !life.mayWrite(draft)) return
  const { ['__proto__']: _, ...values } = messages
  draft.flash.replace(values)
}

export function setLifetime(
  life: Life,
  name: 'idleTimeout' | 'absoluteTimeout',
  timeout: Duration | false,
): void {
  if (!life.mayWrite(life.draft)) return
  const ms = timeout === false ? false : parseDuration(timeout, name)
  if (ms === undefined) throw wrongOption(name, `${DURATION_FORMS}, or false`, timeout)
  if (name === 'idleTimeout') life.draft.setLifetimes({ idleTimeout: ms })
  else life.draft.setLifetimes({ absoluteTimeout: ms, endsAt: ms === false ? NEVER : life.now + ms })
}

export function setPersistent(life: Life, persistent: unknown): void {
  if (!life.mayWrite(life.draft)) return
  if (typeof persistent !== 'boolean') throw wrongOption('persistent', 'true or false', persistent)
  life.draft.setLifetimes({ persistent })
}

export function setLateStore(life: Life, late: boolean): void {
  if (late && life.credential.sealed)
    throw new UnsupportedError(
      'lateStore cannot work with a sealed session: its record leaves with the headers.',
    )
  life.lateStore = late
}

/** Lets this client's address or user agent change. */
export function release(life: Life, name: 'boundAddress' | 'boundUserAgent', value: unknown): void {
  if (!life.mayWrite(life.draft)) return
  if (value !== undefined)
    throw new TypeError(`${name} can only be set to undefined, which lets this client's change.`)
  life.released = [...life.released, name]
  life.draft.annotations.delete(name)
}

export function expireKey(life: Life, key: string, ttl: Duration): void {
  if (!life.mayWrite(life.draft)) return
  if (typeof key !== 'string' || key === '')
    throw new TypeError(`Expected the name of a key, got ${kindOf(key)}.`)
  if (isReserved(key)) throw refuseReserved(key)
  const ms = typeof ttl === 'number' && ttl <= 0 ? 0 : parseDuration(ttl, 'the ttl of expireKey')
  if (ms === undefined) throw wrongOption(`the ttl of '${key}'`, DURATION_FORMS, ttl)
  const { data, deadlines } = life.draft
  if (ms > 0) deadlines.set(key, life.now + ms)
  else {
    data.delete(key)
    deadlines.delete(key)
  }
}

/** Pushes the deadline when the request ends, whatever the rule says. */
export function extend(life: Life, until?: number | Date): void {
  life.requireOpen()
  const { draft, record, now } = life
  const own = { ...draft.lifetimes, createdAt: record?.meta.createdAt ?? now }
  life.askedUntil = until === undefined ? nextDeadline(own, life.settings, now) : Number(until)
}

import { kindOf } from '../checks/messages.ts'
import { NEVER } from '../record.ts'
import { RETENTION } from '../stores/store.ts'
import { ExpressCookie } from './express-cookie.ts'
import { type Envelope, ENVELOPE, isObject, type Values } from './envelope.ts'

/** When a record of somebody else ends, and began as far as it tells. */
export interface Times {
  readonly expiresAt: number
  readonly createdAt: number
}

/** How a library writes its sessions. */
export interface Form {
  /** What it keeps beside the data; no keys of the user. */
  readonly own: readonly string[]
  /** Whether the library would lose a key of this name, or take it for its own. */
  hides(name: string): boolean
  /** What it wants beside the data. */
  write(expiresAt: number, now: number): Values
  /** `undefined`: this is no record of that library. */
  read(record: Values, envelope: Envelope | undefined, now: number): Times | undefined
}

/** How long stores are to keep a record. */
export const kept = (expiresAt: number): number => Math.min(NEVER, expiresAt + RETENTION)

const named = (names: readonly string[], pattern?: RegExp): ((name: string) => boolean) => {
  const all = new Set([...names, ENVELOPE, '__proto__', 'constructor'])
  return (name) => all.has(name) || pattern?.test(name) === true
}

const EXPRESS_OWN = ['cookie', '__lastAccess', 'lastModified']
/** The members of its session, which would hide a key or be hidden by it. */
const EXPRESS_MEMBERS = ['id', 'req', 'touch', 'resetMaxAge', 'save', 'reload', 'destroy', 'regenerate']

export const expressSessionForm: Form = {
  own: EXPRESS_OWN,
  hides: named([...EXPRESS_OWN, ...EXPRESS_MEMBERS]),
  write: (expiresAt, now) => ({ cookie: new ExpressCookie(kept(expiresAt), now) }),
  read({ cookie, __lastAccess }, envelope, now) {
    if (!isObject(cookie) || !('originalMaxAge' in cookie || 'expires' in cookie)) return undefined
    const until = instant(cookie['expires'])
    if (until === undefined) return undefined
    // Unless it is what we wrote, the library has moved it.
    const expiresAt = envelope && kept(envelope.expiresAt) === until ? envelope.expiresAt : until
    const age = cookie['originalMaxAge']
    const since = typeof age === 'number' && until < NEVER ? until - age : now
    return { expiresAt, createdAt: typeof __lastAccess === 'number' ? __lastAccess : since }
  },
}

const KOA_OWN = ['_expire', '_maxAge', '_session']
const KOA_MEMBERS = ['isNew', 'length', 'populated', 'maxAge', 'externalKey', 'save', 'regenerate', 'commit']

export const koaSessionForm: Form = {
  own: KOA_OWN,
  // It never saves what begins with an underscore.
  hides: named([...KOA_OWN, ...KOA_MEMBERS, 'manuallyCommit', 'toJSON', 'inspect'], /^_/),
  write: (expiresAt, now) =>
    expiresAt >= NEVER ? { _session: true } : { _expire: expiresAt, _maxAge: Math.max(1, expiresAt - now) },
  read({ _expire, _maxAge, _session }, _envelope, now) {
    if (_session === true) return { expiresAt: NEVER, createdAt: now }
    if (typeof _expire !== 'number') return undefined
    return { expiresAt: _expire, createdAt: typeof _maxAge === 'number' ? _expire - _maxAge : now }
  },
}

const KOA_COOKIE = { httpOnly: true, path: '/', overwrite: true, signed: true }

export const koaGenericSessionForm: Form = {
  own: ['cookie'],
  hides: named(['cookie']),
  write: (expiresAt, now) => ({
    cookie: { ...KOA_COOKIE, maxAge: expiresAt >= NEVER ? null : Math.max(1, expiresAt - now) },
  }),
  read({ cookie }, envelope, now) {
    if (!isObject(cookie) || 'originalMaxAge' in cookie) return undefined
    if (envelope) return { expiresAt: envelope.expiresAt, createdAt: now }
    const until = cookie['expires'] === undefined ? undefined : instant(cookie['expires'])
    if (until !== undefined) return { expiresAt: until, createdAt: now }
    return {
      expiresAt: typeof cookie['maxAge'] === 'number' ? now + cookie['maxAge'] : NEVER,
      createdAt: now,
    }
  },
}

/** Which library the record seems to come from; shows nothing of what the record holds. */
export function looksLike(record: unknown): string {
  if (!isObject(record)) return `a value of type ${kindOf(record)}`
  if ('_expire' in record || record['_session'] === true) return 'a record of koa-session'
  const { cookie } = record
  if (!isObject(cookie)) return 'an object of another program'
  return 'originalMaxAge' in cookie ? 'a record of express-session' : 'a record of koa-generic-session'
}

/** As a store returns it; `NEVER` for none. */
function instant(value: unknown): number | undefined {
  if (value === null || value === undefined || value === false) return NEVER
  const time = value instanceof Date || typeof value === 'string' ? new Date(value).getTime() : Number.NaN
  return Number.isNaN(time) ? undefined : time
}

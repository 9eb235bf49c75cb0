import type { Session } from '../session.ts'
import type { Values } from './content.ts'
import { refuseReserved, RESERVED_NAMES, type ReservedName } from './reserved.ts'

/** The members that users can assign to; the session checks what they assign. */
const SETTABLE: ReadonlySet<ReservedName> = new Set<ReservedName>([
  'absoluteTimeout',
  'boundAddress',
  'boundUserAgent',
  'cookieOptions',
  'flash',
  'idleTimeout',
  'lateStore',
  'noStore',
])

/**
 * The object that `ctx.session` returns. Its own properties are the user's data; the members are
 * accessors on its prototype, so that they neither show up nor can be overwritten.
 */
export class UserFace {
  readonly #session: Session

  constructor(session: Session, data: Values) {
    this.#session = session
    for (const key of Object.keys(data)) (this as Values)[key] = data[key]
  }

  static sessionOf(face: unknown): Session | undefined {
    return typeof face === 'object' && face !== null && #session in face ? face.#session : undefined
  }
}

for (const name of RESERVED_NAMES) {
  Object.defineProperty(UserFace.prototype, name, {
    get(this: unknown) {
      const session = UserFace.sessionOf(this)
      const member: unknown = session?.[name]
      return typeof member === 'function' ? member.bind(session) : member
    },
    set(this: unknown, value: unknown) {
      const session = UserFace.sessionOf(this)
      if (!session || !SETTABLE.has(name)) throw refuseReserved(name)
      Object.assign(session, { [name]: value })
    },
  })
}

Object.defineProperty(UserFace.prototype, '__proto__', {
  get(this: object) {
    return Object.getPrototypeOf(this) as unknown
  },
  set() {
    throw refuseReserved('__proto__')
  },
})

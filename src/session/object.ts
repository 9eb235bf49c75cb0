import { inspect, type InspectOptions } from 'node:util'
import type { Draft } from '../draft/draft.ts'
import { valuesOf } from '../draft/face.ts'
import { refuseReserved, RESERVED_NAMES, type ReservedName } from '../draft/reserved.ts'

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
  'persistent',
])

type Members = Readonly<Record<string, unknown>>

/**
 * What the proxy behind `ctx.session` stands for. The user's data are not in it but in the draft; the members
 * are accessors on its prototype, so that they neither show up nor can be overwritten.
 */
export class UserFace {
  readonly #members: Members
  readonly #draft: Draft

  constructor(members: object, draft: Draft) {
    this.#members = members as Members
    this.#draft = draft
  }

  static membersOf(face: unknown): Members | undefined {
    return typeof face === 'object' && face !== null && #members in face ? face.#members : undefined
  }

  static draftOf(face: unknown): Draft | undefined {
    return typeof face === 'object' && face !== null && #draft in face ? face.#draft : undefined
  }
}

for (const name of RESERVED_NAMES) {
  Object.defineProperty(UserFace.prototype, name, {
    get(this: unknown) {
      const members = UserFace.membersOf(this)
      const member = members?.[name]
      return typeof member === 'function' ? (member.bind(members) as unknown) : member
    },
    set(this: unknown, value: unknown) {
      const members = UserFace.membersOf(this)
      if (!members || !SETTABLE.has(name)) throw refuseReserved(name)
      Object.assign(members, { [name]: value })
    },
  })
}

/** What `console.log` shows. It is no look. A getter, since the proxy itself has no draft to find. */
Object.defineProperty(UserFace.prototype, inspect.custom, {
  get(this: unknown) {
    const draft = UserFace.draftOf(this)
    return (depth: number, options: InspectOptions) =>
      `Session ${inspect(draft ? valuesOf(draft.data) : {}, { ...options, depth })}`
  },
})

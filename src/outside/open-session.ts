import type { SessionData, SessionObject } from '../session/members.ts'

/** What an opened session has beside the members of `ctx.session`. */
export interface OpenMembers {
  /**
   * Fires when the session has ended: destroyed, moved to a new id, past its deadline, or gone from the store. What
   * this process does is noticed at once, what others do within `recheck`. `reason` is a `SessionError` with the code
   * `ERR_SESSION_ENDED`; the session's `endReason` says why.
   */
  readonly signal: AbortSignal
  /** Lets the session go: its values stay, and nothing is watched any more. Changes that were not saved are lost. */
  close(): void
  /** As `close`, for `using`. */
  [Symbol.dispose](): void
}

/** A session outside of a request: the data as plain properties, the verbs of `ctx.session`, and when it ends. */
export type OpenSession<Data = SessionData> = SessionObject<Data> & OpenMembers

/** Shows the object that `ctx.session` would be, with these members before its data. */
export function showOpen(session: object, members: OpenMembers): object {
  const isMember = (name: PropertyKey): boolean => Object.hasOwn(members, name)
  const unlessMember =
    (change: (target: object, name: PropertyKey, value: never) => boolean) =>
    (target: object, name: PropertyKey, value?: unknown): boolean => {
      if (!isMember(name)) return change(target, name, value as never)
      throw new TypeError(
        `'${String(name)}' is a member of an opened session. Change such a key by update().`,
      )
    }
  return new Proxy(session, {
    get: (target, name): unknown => Reflect.get(isMember(name) ? members : target, name),
    has: (target, name) => isMember(name) || Reflect.has(target, name),
    set: unlessMember(Reflect.set),
    defineProperty: unlessMember(Reflect.defineProperty),
    deleteProperty: unlessMember(Reflect.deleteProperty),
    getOwnPropertyDescriptor: (target, name) =>
      isMember(name) ? undefined : Reflect.getOwnPropertyDescriptor(target, name),
    ownKeys: (target) => Reflect.ownKeys(target).filter((name) => !isMember(name)),
  })
}

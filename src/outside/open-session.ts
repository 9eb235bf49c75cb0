import type { SessionData, SessionObject } from '../session/members.ts'
import type { Holding } from './holding.ts'

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

/** Shows the object that `ctx.session` would be, with the members of an opened session before its data. */
export function showOpen(session: object, { signal, close }: Holding): object {
  const members = new Map<unknown, unknown>(Object.entries({ signal, close })).set(Symbol.dispose, close)
  const unlessMember =
    (change: (target: object, name: PropertyKey, value: never) => boolean) =>
    (target: object, name: PropertyKey, value?: unknown): boolean => {
      if (!members.has(name)) return change(target, name, value as never)
      throw new TypeError(
        `'${String(name)}' is a member of an opened session. Change such a key by update().`,
      )
    }
  return new Proxy(session, {
    get: (target, name) => members.get(name) ?? Reflect.get(target, name),
    has: (target, name) => members.has(name) || Reflect.has(target, name),
    set: unlessMember(Reflect.set),
    defineProperty: unlessMember(Reflect.defineProperty),
    deleteProperty: unlessMember(Reflect.deleteProperty),
    getOwnPropertyDescriptor: (target, name) =>
      members.has(name) ? undefined : Reflect.getOwnPropertyDescriptor(target, name),
    ownKeys: (target) => Reflect.ownKeys(target).filter((name) => !members.has(name)),
  })
}

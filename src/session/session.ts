import { inspect, type InspectOptions } from 'node:util'
import type { Context } from 'koa'
import { type Draft, hasChanges } from '../draft/draft.ts'
import { valuesOf } from '../draft/face.ts'
import { refuseReserved } from '../draft/reserved.ts'
import { splitCallback, withCallback } from './callback.ts'
import { noticeKey } from './foreign-members.ts'
import { leftBehind } from './guards.ts'
import { Life } from './life.ts'
import type { SessionData, SessionMembers, StageMembers } from './members.ts'
import * as to from './setting.ts'
import type { SessionSettings } from './settings.ts'
import * as verbs from './verbs.ts'

/** How the inside of a session shows as one of the members. */
interface Member {
  /** The draft is that of the object through which somebody looks. */
  readonly get?: (life: Life, draft: Draft) => unknown
  readonly set?: (life: Life, value: never) => void
  /** A verb that returns a promise, or one that writes at once. */
  readonly verb?: (life: Life, ...given: never[]) => Promise<unknown>
  readonly write?: (life: Life, ...given: never[]) => void
}

const MEMBERS: Readonly<Record<keyof SessionMembers<SessionData>, Member>> = {
  id: { get: ({ credential, draft }, own) => (own !== draft && own.record?.id) || credential.id },
  isNew: { get: (_life, { record }) => record === undefined },
  createdAt: { get: (_life, { record }) => record && new Date(record.meta.createdAt) },
  updatedAt: { get: (_life, { record }) => record && new Date(record.meta.updatedAt) },
  expiresAt: { get: expiresAt },
  endReason: { get: ({ endReason }) => endReason },
  idleTimeout: {
    get: ({ settings }, draft) => draft.lifetimes.idleTimeout ?? settings.idleTimeout,
    set: (life, timeout: never) => to.setLifetime(life, 'idleTimeout', timeout),
  },
  absoluteTimeout: {
    get: ({ settings }, draft) => draft.lifetimes.absoluteTimeout ?? settings.absoluteTimeout,
    set: (life, timeout: never) => to.setLifetime(life, 'absoluteTimeout', timeout),
  },
  persistent: { get: (_life, draft) => draft.lifetimes.persistent, set: to.setPersistent },
  flash: { get: (_life, draft) => draft.flashFace, set: to.setFlash },
  boundAddress: {
    get: (_life, draft) => draft.annotations.get('boundAddress'),
    set: (life, value: never) => to.release(life, 'boundAddress', value),
  },
  boundUserAgent: {
    get: (_life, draft) => draft.annotations.get('boundUserAgent'),
    set: (life, value: never) => to.release(life, 'boundUserAgent', value),
  },
  noStore: { get: ({ noStore }) => noStore, set: (life, noStore: never) => void (life.noStore = noStore) },
  lateStore: { get: ({ lateStore }) => lateStore, set: to.setLateStore },
  cookieOptions: {
    get: ({ cookieOptions }) => cookieOptions,
    set: (life, attributes: never) => void (life.cookieOptions = attributes),
  },
  destroy: {
    verb(life, reason: never, callback: never) {
      const [why, done] = splitCallback<string>(reason, callback)
      return withCallback(forgiving(verbs.destroy(life, why)), done)
    },
  },
  changeId: {
    verb: (life, callback: never) => withCallback(forgiving(verbs.changeId(life)), callback),
  },
  regenerate: {
    verb(life, options: never, callback: never) {
      const [chosen, done] = splitCallback<object>(options, callback)
      return withCallback(forgiving(verbs.regenerate(life, chosen)), done)
    },
  },
  save: {
    verb: (life, callback: never) =>
      withCallback(forgiving(verbs.runStored(life, (persistence) => persistence.save())), callback),
  },
  touch: { verb: (life) => life.verbs.heed(verbs.touch(life)) },
  reload: { verb: (life) => life.verbs.heed(verbs.runStored(life, (persistence) => persistence.reload())) },
  update: {
    verb: (life, change: never) =>
      life.verbs.heed(verbs.runStored(life, (persistence) => persistence.update(change))),
  },
  expireKey: { write: to.expireKey },
  keepFlash: {
    write(life, ...keys) {
      life.requireOpen()
      life.draft.flash.keep(keys)
    },
  },
  clearFlash: {
    write(life) {
      if (life.mayWrite(life.draft)) life.draft.flash.clear()
    },
  },
}

const STAGE_MEMBERS: Readonly<Record<keyof StageMembers<SessionData>, Member>> = {
  data: {
    get: dataOf,
    set: (life, value: never) => (value === null ? verbs.endByAssignment(life) : to.setData(life, value)),
  },
  token: { get: ({ credential }) => credential.token },
  stored: { get: ({ record }) => record !== undefined },
  used: { get: ({ used }) => used },
  changed: { get: ({ draft }) => hasChanges(draft.changes()) },
  now: { get: ({ now }) => now },
  annotations: { get: ({ draft }) => draft.annotationsFace },
  extend: { write: to.extend },
  onCreate: { write: (life, fn: never) => void life.beginnings.push(fn) },
}
/** The inside of a session, for the functions that stages are made with. */
export let lifeOf: (session: Session) => Life

/**
 * The session of one request, as stages see it: the same object from the first stage to the last.
 * `ctx.session` is its `data`, with the same verbs.
 */
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging -- `show` gives the class these members
export interface Session extends SessionMembers<SessionData>, StageMembers<SessionData> {}
export class Session {
  readonly #life: Life

  static {
    lifeOf = (session) => session.#life
    show(Session.prototype, { ...MEMBERS, ...STAGE_MEMBERS }, (self) => (self as Session).#life)
  }

  constructor(ctx: Context, settings: SessionSettings) {
    this.#life = new Life(ctx, settings)
  }
}

/**
 * What the proxy behind `ctx.session` stands for. The user's data are in the draft; the members are on the
 * prototype, so that they neither show up nor can be overwritten.
 */
class Target {
  readonly #life: Life
  readonly #draft: Draft

  static {
    show(
      Target.prototype,
      MEMBERS,
      (self) => (#life in self ? self.#life : undefined),
      (self) => (self as Target).#draft,
    )
    // What `console.log` shows, which looks at the target and calls with the proxy. It is no look.
    Object.defineProperty(Target.prototype, inspect.custom, {
      get(this: object) {
        const values = #draft in this ? valuesOf(this.#draft.data) : {}
        return (_depth: number, options: InspectOptions): string => `Session ${inspect(values, options)}`
      },
    })
  }

  constructor(life: Life, draft: Draft) {
    this.#life = life
    this.#draft = draft
  }
}

function dataOf(life: Life): object {
  const { draft } = life
  return draft.face ?? draft.open(new Target(life, draft), noticeKey)
}

/** This request's extension is included. */
function expiresAt(life: Life, draft: Draft): Date | undefined {
  const { record } = draft
  if (!record) return undefined
  const changes = draft.changes()
  if (!hasChanges(changes)) return new Date(life.deadlineOf(record))
  const meta = draft.applyMeta(changes, record.meta, life.now)
  return new Date(life.deadlineAfter(changes, { ...record, meta }))
}

/** Puts members on a prototype. `draftIn`: the draft that such an object shows, which may be left behind. */
function show(
  prototype: object,
  members: Readonly<Record<string, Member>>,
  lifeIn: (self: object) => Life | undefined,
  draftIn: (self: object, life: Life) => Draft = (_self, { draft }) => draft,
): void {
  for (const [name, { get, set, verb, write }] of Object.entries(members)) {
    Object.defineProperty(prototype, name, {
      get(this: object) {
        const life = lifeIn(this)
        if (!life) return undefined
        if (get) return get(life, draftIn(this, life))
        if (verb) return (...given: never[]) => verb(life, ...given)
        return (...given: never[]) => {
          if (draftIn(this, life) !== life.draft) throw leftBehind()
          write!(life, ...given)
        }
      },
      set(this: object, value: never) {
        const life = lifeIn(this)
        if (!life || !set) throw refuseReserved(name)
        if (draftIn(this, life) !== life.draft) throw leftBehind()
        set(life, value)
      },
    })
  }
}

/** What fails here is tried again at the commit, so a forgotten `await` loses no error. */
function forgiving<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined)
  return work
}

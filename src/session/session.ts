import { inspect, type InspectOptions } from 'node:util'
import type { Context } from 'koa'
import { type Draft, hasChanges } from '../draft/draft.ts'
import { valuesOf } from '../draft/face.ts'
import { refuseReserved } from '../draft/reserved.ts'
import { splitCallback, withCallback } from './callback.ts'
import { Life } from './life.ts'
import type { SessionData, SessionMembers, StageMembers } from './members.ts'
import * as to from './setting.ts'
import type { SessionSettings } from './settings.ts'
import * as verbs from './verbs.ts'

/** How the inside of a session shows as one of the members. */
interface Member {
  readonly get?: (life: Life) => unknown
  readonly set?: (life: Life, value: never) => void
  readonly call?: (life: Life, ...given: never[]) => unknown
}

const MEMBERS: Readonly<Record<keyof SessionMembers<SessionData>, Member>> = {
  id: { get: ({ credential }) => credential.id },
  isNew: { get: ({ record }) => record === undefined },
  createdAt: { get: ({ record }) => record && new Date(record.meta.createdAt) },
  updatedAt: { get: ({ record }) => record && new Date(record.meta.updatedAt) },
  expiresAt: { get: expiresAt },
  endReason: { get: ({ endReason }) => endReason },
  idleTimeout: {
    get: ({ draft, settings }) => draft.lifetimes.idleTimeout ?? settings.idleTimeout,
    set: (life, timeout: never) => to.setLifetime(life, 'idleTimeout', timeout),
  },
  absoluteTimeout: {
    get: ({ draft, settings }) => draft.lifetimes.absoluteTimeout ?? settings.absoluteTimeout,
    set: (life, timeout: never) => to.setLifetime(life, 'absoluteTimeout', timeout),
  },
  persistent: { get: ({ draft }) => draft.lifetimes.persistent, set: to.setPersistent },
  flash: { get: ({ draft }) => draft.flashFace, set: to.setFlash },
  boundAddress: {
    get: ({ draft }) => draft.annotations.get('boundAddress'),
    set: (life, value: never) => to.release(life, 'boundAddress', value),
  },
  boundUserAgent: {
    get: ({ draft }) => draft.annotations.get('boundUserAgent'),
    set: (life, value: never) => to.release(life, 'boundUserAgent', value),
  },
  noStore: { get: ({ noStore }) => noStore, set: (life, noStore: never) => void (life.noStore = noStore) },
  lateStore: { get: ({ lateStore }) => lateStore, set: to.setLateStore },
  cookieOptions: {
    get: ({ cookieOptions }) => cookieOptions,
    set: (life, attributes: never) => void (life.cookieOptions = attributes),
  },
  destroy: {
    call(life, reason: never, callback: never) {
      const [why, done] = splitCallback<string>(reason, callback)
      return withCallback(forgiving(verbs.destroy(life, why)), done)
    },
  },
  changeId: {
    call: (life, callback: never) => withCallback(life.verbs.heed(verbs.changeId(life)), callback),
  },
  regenerate: {
    call(life, options: never, callback: never) {
      const [chosen, done] = splitCallback<object>(options, callback)
      return withCallback(life.verbs.heed(verbs.regenerate(life, chosen)), done)
    },
  },
  save: {
    call: (life, callback: never) =>
      withCallback(forgiving(verbs.runStored(life, (persistence) => persistence.save())), callback),
  },
  touch: { call: (life) => life.verbs.heed(verbs.touch(life)) },
  reload: { call: (life) => life.verbs.heed(verbs.runStored(life, (persistence) => persistence.reload())) },
  update: {
    call: (life, change: never) =>
      life.verbs.heed(verbs.runStored(life, (persistence) => persistence.update(change))),
  },
  expireKey: { call: to.expireKey },
  keepFlash: {
    call(life, ...keys) {
      life.requireOpen()
      life.draft.flash.keep(keys)
    },
  },
  clearFlash: {
    call(life) {
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
  extend: { call: to.extend },
  onCreate: { call: (life, fn: never) => void life.beginnings.push(fn) },
}
/** The inside of a session, for the functions that stages are made with. */
export let lifeOf: (session: Session) => Life

/**
 * The session of one request, as stages see it: the same object from the first stage to the last.
 * `ctx.session` is its `data`, with the same verbs.
 */
export interface Session extends SessionMembers<SessionData>, StageMembers<SessionData> {}
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging -- `show` gives the class these members
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
    show(Target.prototype, MEMBERS, (self) => (#life in self ? self.#life : undefined))
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
  return draft.face ?? draft.open(new Target(life, draft))
}

/** This request's extension is included. */
function expiresAt(life: Life): Date | undefined {
  const { record, draft } = life
  if (!record) return undefined
  const changes = draft.changes()
  if (!hasChanges(changes)) return new Date(life.deadlineOf(record))
  const meta = draft.applyMeta(changes, record.meta, life.now)
  return new Date(life.deadlineAfter(changes, { ...record, meta }))
}

/** Puts members on a prototype. */
function show(
  prototype: object,
  members: Readonly<Record<string, Member>>,
  inside: (self: object) => Life | undefined,
): void {
  for (const [name, { get, set, call }] of Object.entries(members)) {
    Object.defineProperty(prototype, name, {
      get(this: object) {
        const life = inside(this)
        if (!life) return undefined
        return call ? (...given: never[]) => call(life, ...given) : get!(life)
      },
      set(this: object, value: never) {
        const life = inside(this)
        if (!life || !set) throw refuseReserved(name)
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

import { inspect, type InspectOptions } from 'node:util'
import type { Context } from 'koa'
import { type Draft, hasChanges } from '../draft/draft.ts'
import { faceOf } from '../draft/face.ts'
import { datedAfter } from './extension.ts'
import { Life } from './life.ts'
import type { NodeCallback, SessionData, SessionMembers, StageMembers } from './members.ts'
import * as to from './setting.ts'
import type { SessionSettings } from './settings.ts'
import { type Member, show } from './show.ts'
import * as verbs from './verbs.ts'

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
  flash: { get: (_life, draft) => faceOf(draft.flash), set: to.setFlash },
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
  destroy: { verb: withCallback(verbs.destroy) },
  changeId: { verb: withCallback(verbs.changeId) },
  regenerate: { verb: withCallback(verbs.regenerate) },
  save: { verb: withCallback(verbs.save) },
  touch: { verb: (life) => life.queue.heed(verbs.touch(life)) },
  reload: { verb: (life) => life.queue.heed(verbs.reload(life)) },
  update: { verb: (life, change: never) => life.queue.heed(verbs.update(life, change)) },
  expireKey: { write: to.expireKey },
  keepFlash: {
    write(life, ...keys) {
      life.requireOpen()
      life.draft.flash.keep(keys)
    },
  },
  clearFlash: {
    write(life) {
      if (life.mayWrite(life.draft)) life.draft.flash.replace({})
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
  annotations: { get: ({ draft }) => faceOf(draft.annotations) },
  extend: { write: to.extend },
  onCreate: { write: (life, fn: never) => void (life.beginnings = [...life.beginnings, fn]) },
}
/** The inside of a session, for the functions that stages are made with. */
export let lifeOf: (session: Session) => Life

/**
 * The session of one request, as stages see it: the same object from the first stage to the last.
 * `ctx.session` is its `data`, with the same verbs.
 */
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging -- `show` gives the class these members
export interface Session<Data = SessionData> extends SessionMembers<Data>, StageMembers<Data> {}
// oxlint-disable-next-line typescript/no-unused-vars -- the interface above uses it
export class Session<Data = SessionData> {
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
        const values = #draft in this ? this.#draft.data.values() : {}
        return (_depth: number, options: InspectOptions): string => `Session ${inspect(values, options)}`
      },
    })
  }

  constructor(life: Life, draft: Draft) {
    this.#life = life
    this.#draft = draft
  }
}

/** The very object that `ctx.session` returns. */
export function dataOf(life: Life): object {
  const { draft } = life
  return draft.data.face ?? faceOf(draft.data, new Target(life, draft))
}

/** This request's extension is included. */
function expiresAt(life: Life, draft: Draft): Date | undefined {
  const { record } = draft
  if (!record) return undefined
  return new Date(datedAfter(life, draft, draft.changes(), life.now, record).expiresAt)
}

/**
 * A verb in both its forms. What fails here is tried again at the commit, so a forgotten `await` loses no error. With
 * a callback, behind the argument or in its place, nothing rejects.
 */
function withCallback(
  verb: (life: Life, argument: never) => Promise<void>,
): (life: Life, ...given: unknown[]) => Promise<void> {
  return (life, ...given) => {
    const callback = given.find((one) => typeof one === 'function') as NodeCallback | undefined
    const work = verb(life, (given[0] === callback ? undefined : given[0]) as never)
    work.catch(() => undefined)
    if (!callback) return work
    // Called outside of the promise: what the callback throws must not look like a failure of the verb.
    return work.then(
      () => process.nextTick(callback),
      (error: unknown) => process.nextTick(callback, error),
    )
  }
}

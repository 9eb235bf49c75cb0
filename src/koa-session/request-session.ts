import type { Context } from 'koa'
import { isPlainData } from '../checks/messages.ts'
import { SessionError } from '../index.ts'
import { isPromise } from '../maybe-promise.ts'
import { clearCookie, readCookie } from './cookie.ts'
import type { SessionOptions, SessionStore } from './options.ts'
import type { Payload } from './payload.ts'
import { fromCookie, fromStore } from './reading.ts'
import { type RequestOptions, requestOptions } from './request-options.ts'
import { type CommitOptions, dataOf, type Owner, Session } from './session.ts'
import { deadline, headersSent, Keeper } from './keeper.ts'

/** The session of one request: read once, committed as often as somebody asks. */
export class RequestSession implements Owner {
  readonly options: RequestOptions
  readonly #ctx: Context
  readonly #keeper: Keeper
  readonly #store: SessionStore | undefined
  #loaded = false
  /** `undefined`: nobody has looked yet; `null`: it is to be removed. */
  #session: Session | null | undefined
  /** The data as the client's session has them; `undefined`: it has none. */
  #base: string | undefined
  #removed = false
  #forced = false
  #moving = false
  #written = false
  #turn: Promise<void> = Promise.resolve()
  #failure: unknown

  constructor(ctx: Context, given: SessionOptions) {
    this.#ctx = ctx
    this.options = requestOptions(given)
    const { ContextStore, store } = this.options
    this.#store = ContextStore ? new ContextStore(ctx) : (store ?? undefined)
    this.#keeper = new Keeper(ctx, this.options, this.#store)
  }

  get id(): string | undefined {
    return this.#keeper.id
  }

  get expiresAt(): number | undefined {
    return this.#keeper.expiresAt
  }

  /** What `ctx.session` is. A cookie is read now; a store has been asked by `load`. */
  get session(): Session | null {
    if (this.#session !== undefined) return this.#session
    if (this.#store) {
      this.#keeper.drawAtOnce()
      return (this.#session = new Session(this))
    }
    const reading = fromCookie(this.#ctx, this.options)
    if (!isPromise(reading)) return this.#open(reading)
    reading.catch(() => {})
    throw new SessionError(
      'ERR_SESSION_NOT_LOADED',
      "The options decode and valid must be declared as 'async' functions to be waited for, and ctx.session can then be read from the session middleware on only.",
    )
  }

  /** `ctx.session = value` */
  set session(value: unknown) {
    if (value === null) {
      this.#session = null
      this.#removed = false
      return
    }
    if (!isPlainData(value)) throw new Error('this.session can only be set as null or an object.')
    if (this.#session === null) {
      this.#keeper.abandon()
      this.#base = undefined
    }
    // Whatever the cookie holds is replaced, by nothing too.
    else if (this.#session === undefined && !this.#store && readCookie(this.#ctx, this.options))
      this.#base = ''
    this.#session = new Session(this, value instanceof Session ? dataOf(value) : value)
  }

  /** Reads the session if that takes waiting. */
  async load(): Promise<void> {
    if (this.#loaded) return
    this.#loaded = true
    if (this.#store) {
      const found = await fromStore(this.#ctx, this.options, this.#store)
      if (found) this.#keeper.found(found.key)
      else await this.#keeper.draw()
      this.#session = undefined
      this.#open(found?.payload)
    } else if (this.#session === undefined && [this.options.decode, this.options.valid].some(isAsync)) {
      const payload = await fromCookie(this.#ctx, this.options)
      if (this.#session === undefined) this.#open(payload)
    }
  }

  force(): void {
    this.#forced = true
  }

  /** One commit at a time: the one after the handler waits for those that nobody waited for. */
  commit(asked: CommitOptions = {}): Promise<void> {
    if (asked.save || asked.regenerate) this.#forced = true
    if (asked.regenerate) this.#moving = true
    const done = this.#turn.then(() => this.#commit())
    this.#turn = done.then(
      () => void (this.#failure = undefined),
      (error: unknown) => void (this.#failure = error),
    )
    return done
  }

  /** Waits for the commits that nobody waited for; resolves to the error of the last. */
  async settle(): Promise<unknown> {
    await this.#turn
    return this.#failure
  }

  /** Whether the commit has something to look at. */
  get used(): boolean {
    return this.#session !== undefined
  }

  #open(payload: Payload | undefined): Session {
    const session = (this.#session = new Session(this, payload?.data))
    if (payload) {
      if (payload.maxAge !== undefined) this.options.maxAge = payload.maxAge
      this.#keeper.expiresAt = payload.expiresAt
      this.#base = JSON.stringify(dataOf(session))
    }
    return session
  }

  async #commit(): Promise<void> {
    const session = this.#session
    if (session === undefined) return
    if (session === null) {
      if (this.#removed) return
      await this.#keeper.remove()
      this.#removed = true
      return
    }
    if (!this.#forced && !this.#changed(session) && !this.#due()) {
      if (await this.#keeper.forsake()) clearCookie(this.#ctx, this.options)
      return
    }
    await this.options.beforeSave?.(this.#ctx, session)
    const data = dataOf(session)
    const text = JSON.stringify(data)
    const changed = text !== this.#base
    const asked = { forced: this.#forced, moving: this.#moving }
    // Only its deadline would move, which can wait for the next request.
    if (!changed && !this.#forced && headersSent(this.#ctx) && !this.#store) return
    this.#forced = this.#moving = false
    try {
      await this.#keeper.save(data, { changed, regenerate: asked.moving })
    } catch (error) {
      // What was asked for is still to be done: the commit after the handler tries again.
      this.#forced ||= asked.forced
      this.#moving ||= asked.moving
      throw error
    }
    this.#base = text
    this.#written = true
  }

  #changed(session: Session): boolean {
    const data = dataOf(session)
    if (this.#base === undefined && Object.keys(data).length === 0) return false
    return JSON.stringify(data) !== this.#base
  }

  /** Whether an unchanged session is saved for the sake of its deadline. */
  #due(): boolean {
    const { rolling, renew, maxAge } = this.options
    if (this.#written || this.#base === undefined) return false
    const expiresAt = this.#keeper.expiresAt
    if (rolling || !renew || expiresAt === undefined || !maxAge) return rolling
    return expiresAt - Date.now() < Number(deadline(maxAge)) / 2
  }
}

const isAsync = (hook: unknown): boolean => Object.prototype.toString.call(hook) === '[object AsyncFunction]'

import type { Context } from 'koa'
import { SessionError } from '../index.ts'
import { clearCookie, readCookie, sendCookie } from './cookie.ts'
import type { MaxAge } from './max-age.ts'
import type { SessionStore } from './options.ts'
import { writePayload } from './payload.ts'
import { tell } from './reading.ts'
import type { RequestOptions } from './request-options.ts'

const DAY = 86_400_000
/** The store keeps a session for longer than the browser its cookie. */
const GRACE = 10_000

type Values = Record<string, unknown>

interface Saving {
  readonly changed: boolean
  readonly regenerate: boolean
}

/** Where the session is kept, in the cookie or in a store, and under which id. */
export class Keeper {
  expiresAt: number | undefined
  readonly #ctx: Context
  readonly #options: RequestOptions
  readonly #store: SessionStore | undefined
  #id: string | undefined
  /** The store has a record under the id. */
  #stored = false
  /** An id given up in this request; `''` for a session in the cookie. */
  #abandoned: string | undefined

  constructor(ctx: Context, options: RequestOptions, store: SessionStore | undefined) {
    this.#ctx = ctx
    this.#options = options
    this.#store = store
  }

  get id(): string | undefined {
    return this.#id
  }

  /** The store has a session under this id. */
  found(id: string): void {
    this.#id = id
    this.#stored = true
  }

  /** A new id. */
  async draw(): Promise<void> {
    this.#id = checkedId(await this.#options.genid(this.#ctx))
  }

  /** The same, if it need not be waited for. */
  drawAtOnce(): void {
    const id = this.#options.genid(this.#ctx)
    if (typeof id === 'string') this.#id = checkedId(id)
    else id.catch(() => {})
  }

  /** What comes next in this request is another session. */
  abandon(): void {
    this.#abandoned ??= this.#id ?? ''
    this.#id = undefined
    this.#stored = false
  }

  /** Ends the session that was given up; resolves to whether there was one. */
  async forsake(): Promise<boolean> {
    const id = this.#abandoned
    if (id === undefined) return false
    if (id !== '') await this.#store?.destroy(id, { ctx: this.#ctx })
    this.#abandoned = undefined
    return !headersSent(this.#ctx)
  }

  async remove(): Promise<void> {
    const ctx = this.#ctx
    await this.forsake()
    if (this.#store && this.#id !== undefined) await this.#store.destroy(this.#id, { ctx })
    this.#id = undefined
    this.#stored = false
    if (!headersSent(ctx)) clearCookie(ctx, this.#options)
    else if (!this.#store && readCookie(ctx, this.#options)) throw tooLate('removed')
  }

  /** @throws SessionError when the client would have to be told, and the headers have been sent */
  async save(data: Values, saving: Saving): Promise<void> {
    const now = Date.now()
    const { maxAge } = this.#options
    const lifetime = maxAge ? maxAge : DAY
    const payload = writePayload(data, lifetime, now)
    const sent = headersSent(this.#ctx)
    if (sent && (!this.#store || !this.#stored || saving.regenerate)) throw tooLate('saved')
    if (!this.#store) {
      const text = await this.#options.encode(payload)
      sendCookie(this.#ctx, this.#options, text)
    } else {
      const kept = await this.#keep(this.#store, payload, deadline(lifetime), saving)
      if (!kept) return
      if (!sent) await this.#tellId()
    }
    this.expiresAt = deadline(lifetime) === undefined ? undefined : now + Number(lifetime)
    await this.forsake()
  }

  /** Resolves to `false` when a parallel request has ended the session, which then stays ended. */
  async #keep(
    store: SessionStore,
    payload: Values,
    lifetime: number | undefined,
    { changed, regenerate }: Saving,
  ): Promise<boolean> {
    const ctx = this.#ctx
    const { rolling, maxAge } = this.#options
    const former = this.#id
    if (this.#stored && former !== undefined && !(await store.get(former, maxAge, { ctx, rolling }))) {
      tell(ctx, 'missed', former, undefined)
      return false
    }
    if (regenerate || former === undefined) await this.draw()
    const ttl = lifetime === undefined ? undefined : lifetime + GRACE
    try {
      await store.set(this.#id!, payload, ttl, { changed, ctx, rolling })
      // The new one first: if that fails, the client still has a session.
      if (regenerate && former !== undefined) await this.#replace(store, former)
    } catch (error) {
      this.#id = former
      throw error
    }
    this.#stored = true
    return true
  }

  /** Ends the former session. If that fails, the new one is not to be told to anybody. */
  async #replace(store: SessionStore, former: string): Promise<void> {
    const ctx = this.#ctx
    try {
      await store.destroy(former, { ctx })
    } catch (error) {
      try {
        await store.destroy(this.#id!, { ctx })
      } catch {
        // The first error is the one to tell.
      }
      throw error
    }
  }

  async #tellId(): Promise<void> {
    const { externalKey } = this.#options
    if (externalKey) await externalKey.set(this.#ctx, this.#id!)
    else sendCookie(this.#ctx, this.#options, this.#id!)
  }
}

export function headersSent(ctx: Context): boolean {
  return ctx.headerSent
}

/** In milliseconds; `undefined`: the session has no end of its own. */
export function deadline(maxAge: MaxAge): number | undefined {
  return maxAge === 'session' ? undefined : maxAge
}

function checkedId(id: unknown): string {
  if (typeof id === 'string' && id !== '') return id
  throw new TypeError('Expected the option genid to give the id as a string that is not empty.')
}

function tooLate(what: string): SessionError {
  return new SessionError(
    'ERR_HEADERS_SENT',
    `The session cannot be ${what}: the headers have been sent, and the client would have to be told. Call session.save() or session.manuallyCommit() before.`,
  )
}

import type { Context } from 'koa'
import type { CookieAttributes } from '../states/cookie-options.ts'
import { generateToken, isToken, tokenToId } from '../token.ts'
import type { SessionSettings } from './settings.ts'

/** An id, and the token it stands for. A sealed session has an id of its own; saving it makes the token. */
interface Identity {
  readonly id: string
  readonly token: string | undefined
}

/** What the client has to be told of its session. */
export interface Delivery {
  /** Nothing, a new token, that its deadline moved, or that its token is dead. */
  readonly what: 'none' | 'send' | 'renew' | 'forget'
  /** Present when something is sent. */
  readonly token: string | undefined
  /** The token by which the client got in. */
  readonly shown: string | undefined
  /** The deadline of the session, in milliseconds since the epoch; 0 when there is none. */
  readonly expiresAt: number
  /** The time, by the middleware's clock; 0 when there is nothing to tell. */
  readonly now: number
  /** `session.cookieOptions` and `session.persistent`. */
  readonly attributes: CookieAttributes | undefined
  /** Somebody has looked at the session, so the answer varies by it. */
  readonly used: boolean
}

/** Tells the client. Called at the end of a request, and after each verb, as the headers may leave then. */
export type Deliver = (ctx: Context, delivery: Delivery) => void

/** Throws when the token of a sealed session does not fit. `shown`: the one by which the client got in. */
export type Measure = (ctx: Context, shown: string | undefined, token: string) => void

/** The token and id of one request's session, and what the client knows of them. */
export class Credential {
  readonly #settings: SessionSettings
  #identity: Identity | undefined
  #shownUntil: number | undefined
  #shownPersistent: boolean | undefined
  /** The token by which the client got in. */
  shown: string | undefined
  /** Finds the id in the token, where that carries the record; saving makes the token then. */
  idInside: ((token: string) => string | undefined) | undefined
  /** The client's token died by an act of this request. */
  dead = false
  /** Nobody shows a token: what is looked up is the id itself. */
  byId = false

  constructor(settings: SessionSettings) {
    this.#settings = settings
  }

  /** Drawn when first asked. */
  get identity(): Identity {
    return (this.#identity ??= this.#draw())
  }

  get id(): string {
    return this.identity.id
  }

  /** Of a sealed session, there is none before it was saved. */
  get token(): string | undefined {
    return this.byId ? undefined : this.identity.token
  }

  /** The id is random and the token carries the record, rather than the id being the hash of the token. */
  get sealed(): boolean {
    return this.idInside !== undefined
  }

  /** The id that a client's token stands for; `undefined` when it cannot be one of ours. */
  idOf(token: string): string | undefined {
    if (this.byId) return token
    if (this.idInside) return this.idInside(token)
    return isToken(this.#settings.token, token) ? tokenToId(token, this.#settings.as) : undefined
  }

  take(identity: Identity): void {
    this.#identity = identity
  }

  /** The next question begins with a new identity. */
  drop(): void {
    this.#identity = undefined
  }

  /** The client knows the token and deadline that are current, and whether to keep them. */
  delivered(until: number | undefined, persistent: boolean | undefined): void {
    this.shown = this.token
    this.#shownUntil = until
    this.#shownPersistent = persistent
  }

  /** `until`: the deadline of the stored session, `undefined` when nothing is stored. */
  news(until: number | undefined, persistent: boolean | undefined): Delivery['what'] {
    if (until === undefined) return this.dead ? 'forget' : 'none'
    if (this.token !== this.shown) return 'send'
    return until === this.#shownUntil && persistent === this.#shownPersistent ? 'none' : 'renew'
  }

  #draw(): Identity {
    if (this.sealed) return { id: generateToken(), token: undefined }
    const token = this.#settings.token.generate()
    return { id: tokenToId(token, this.#settings.as), token }
  }
}

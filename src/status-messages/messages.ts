import type { Context } from 'koa'
import { withParameter } from './link.ts'
import type { Mailbox } from './mailbox.ts'

/** The kinds of messages, and what each may be; anything the serializer can write will do. */
export interface StatusMessageKinds {
  status: string
  error: string
}

/** Messages of several kinds that are shown together. `undefined` is no message; `0`, `''`, `false`, `null` are. */
export type Messages<Kinds extends object = StatusMessageKinds> = {
  readonly [Kind in keyof Kinds]?: Kinds[Kind] | undefined
}

/** What the stage adds to Koa's context: `new Koa<State, SessionContext<MyData> & StatusMessagesContext>()`. */
export type StatusMessagesContext<
  Kinds extends object = StatusMessageKinds,
  As extends string = 'statusMessages',
> = { readonly [Name in As]: StatusMessages<Kinds> }

/** What `ctx.statusMessages` is. */
export class StatusMessages<Kinds extends object = StatusMessageKinds> {
  readonly #ctx: Context
  readonly #mailbox: Mailbox
  readonly #param: string
  #shown: Messages<Kinds> | undefined

  constructor(ctx: Context, mailbox: Mailbox, param: string) {
    this.#ctx = ctx
    this.#mailbox = mailbox
    this.#param = param
  }

  /** The message of kind `status` for this request; reading it uses up the request's token, and a use of the session. */
  get status(): Messages<Kinds & StatusMessageKinds>['status'] {
    return (this.messages as Messages).status as never
  }

  /** The message of kind `error` for this request, as `status`. */
  get error(): Messages<Kinds & StatusMessageKinds>['error'] {
    return (this.messages as Messages).error as never
  }

  /** All messages of this request's token, empty without a token or with one that is wrong, foreign or used. */
  get messages(): Messages<Kinds> {
    this.#shown ??= (this.#mailbox.take(this.#token) ?? {}) as Messages<Kinds>
    return this.#shown
  }

  /**
   * Keeps messages for the request that comes with the token, which it returns; `undefined` when there is no
   * message among them. They are stored when this request ends, unless it fails (status of 500 and above).
   *
   * @throws TypeError for anything but an object of messages.
   * @throws SessionError `ERR_SESSION_UNAVAILABLE` when this request has no session.
   */
  add(messages: Messages<Kinds>): string | undefined {
    if (Object.prototype.toString.call(messages) !== '[object Object]') {
      throw new TypeError("Expected messages by their kinds, such as { status: 'Saved' }.")
    }
    const given = Object.entries(messages).filter(([, message]) => message !== undefined)
    return given.length === 0 ? undefined : this.#mailbox.add(Object.fromEntries(given))
  }

  /**
   * The URL with the token of these messages in its query: `ctx.redirect(ctx.statusMessages.link('/list',
   * { status: 'Saved' }))`. As it is when there is no message among them. Throws as `add` does.
   */
  link(url: string, messages: Messages<Kinds>): string {
    if (typeof url !== 'string') throw new TypeError('Expected the URL of the page that shows the messages.')
    const token = this.add(messages)
    return token === undefined ? url : withParameter(url, this.#param, token)
  }

  /** The messages of a token that came by another way, which is then used up; `undefined` when there are none. */
  take(token: string | undefined): Messages<Kinds> | undefined {
    return this.#mailbox.take(token)
  }

  /** From the query or a parsed body. A repeated parameter does not count, since an attacker could add it. */
  get #token(): unknown {
    const { body } = this.#ctx.request as { body?: unknown }
    const fromBody = typeof body === 'object' && body !== null && Object.hasOwn(body, this.#param)
    const tokens = [
      this.#ctx.query[this.#param] ?? [],
      fromBody ? (body as Record<string, unknown>)[this.#param] : [],
    ].flat()
    return tokens.length === 1 ? tokens[0] : undefined
  }
}

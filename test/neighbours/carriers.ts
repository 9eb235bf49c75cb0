import type { Context } from 'koa'
import { CookieState, HeaderState, ParameterState, type State } from '../../src/index.ts'
import { tokenIn } from '../helpers/paths.ts'
import { type Answer, visitor } from '../helpers/serve.ts'

/** How a client brings its token, and how it hears of a new one. */
export interface Carrier {
  readonly state: State
  /** What the application says in its pages, where the state sends nothing by itself. */
  readonly link: (ctx: Context) => Promise<string> | undefined
  readonly bring: (token: string) => { headers?: Record<string, string>; query?: string }
  /** The new token, `''` when it is forgotten; `undefined` when nothing was said. */
  readonly hear: (answer: Answer) => string | undefined
}

const nothing = (): undefined => undefined

/** Each state, with the clients that go with it. */
export const CARRIERS: Readonly<Record<string, () => Carrier>> = {
  'a cookie': () => ({
    state: new CookieState(),
    link: nothing,
    bring: (token) => ({ headers: { Cookie: `sid=${token}` } }),
    hear: tokenIn,
  }),
  'a header': () => ({
    state: new HeaderState(),
    link: nothing,
    bring: (token) => ({ headers: { 'X-Session-Token': token } }),
    hear: ({ headers }) => headers['x-session-token'],
  }),
  'a parameter': () => {
    const state = new ParameterState()
    return {
      state,
      link: async (ctx) => {
        // What is sealed has its token only when it is saved.
        await ctx['session'].save()
        return state.url(ctx, '/')
      },
      bring: (token) => ({ query: `sid=${token}` }),
      hear: ({ body }) => {
        const { link } = (body ?? {}) as { link?: string }
        return link === undefined ? undefined : (/sid=([^&]*)/.exec(link)?.[1] ?? '')
      },
    }
  },
}

/** A browser or a program that brings the token of its session, whatever carries it. */
export class Client {
  readonly #url: string
  readonly #carrier: Carrier
  token: string | undefined

  constructor(url: string, carrier: Carrier, token?: string) {
    this.#url = url
    this.#carrier = carrier
    this.token = token
  }

  /** Another one that has the same token: a second tab, or an old cookie. */
  copy(): Client {
    return new Client(this.#url, this.#carrier, this.token)
  }

  get(path: string): Promise<Answer> {
    return this.#send(path, (target, headers) => visitor(this.#url).get(target, headers))
  }

  post(path: string, body?: object): Promise<Answer> {
    return this.#send(path, (target, headers) => visitor(this.#url).post(target, body, headers))
  }

  async #send(
    path: string,
    send: (target: string, headers?: Record<string, string>) => Promise<Answer>,
  ): Promise<Answer> {
    const { query, headers } = this.token ? this.#carrier.bring(this.token) : {}
    const target = query === undefined ? path : `${path}${path.includes('?') ? '&' : '?'}${query}`
    const answer = await send(target, headers)
    this.token = this.#carrier.hear(answer) ?? this.token
    return answer
  }
}

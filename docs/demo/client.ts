import { shorten } from './shorten.ts'

/** Who somebody is to the server. */
export interface Identity {
  readonly name: string
  readonly userAgent: string
  readonly address: string
}

/** What came back. */
export interface Answer {
  readonly status: number
  readonly location: string | undefined
  readonly body: Readonly<Record<string, string | number | null | undefined>>
}

const PATIENCE = 15_000
/** The cookie, the header and the parameter of the states in `states.ts`. */
const COOKIE = /^sid=([^;]*)/
const HEADER = 'x-session-token'
const LINK = /[?&]sid=([^>&]+)/

/**
 * A browser, as the server sees one. It sends real requests, keeps a cookie, a header or a link as it is told to,
 * and has a user agent and an address of its own. Tokens stay here: the page never gets one.
 */
export class Client {
  readonly identity: Identity
  /** Who is logged in, as of the last answer. */
  user: string | undefined
  /** Whether somebody has been logged in here. */
  wasIn = false
  readonly #base: string
  #cookie = ''
  #header = ''
  #parameter = ''

  constructor(identity: Identity, base: string) {
    this.identity = identity
    this.#base = base
  }

  get(path: string): Promise<Answer> {
    return this.#send('GET', path)
  }

  post(path: string, fields: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.#send('POST', path, fields)
  }

  /** Follows redirects as browsers do, and returns the last answer. */
  async follow(answer: Answer): Promise<Answer> {
    let last = answer
    for (let hops = 0; last.location !== undefined && hops < 5; hops += 1)
      last = await this.get(last.location)
    return last
  }

  /** Copies what the other one has to show: a thief. */
  steal(from: Client): void {
    this.#cookie = from.#cookie
    this.#header = from.#header
    this.#parameter = from.#parameter
    this.user = undefined
  }

  /** Who is logged in, as of an answer. */
  learn(user: unknown): void {
    this.user = typeof user === 'string' ? user : undefined
    this.wasIn ||= this.user !== undefined
  }

  /** What it shows the server, shortened. */
  get token(): string | undefined {
    return shorten(this.#cookie || this.#header || this.#parameter) || undefined
  }

  async #send(method: string, path: string, fields?: Readonly<Record<string, string>>): Promise<Answer> {
    const { userAgent, address } = this.identity
    const headers = new Headers({ 'User-Agent': userAgent, 'X-Forwarded-For': address })
    headers.set('X-Client', this.identity.name)
    if (this.#cookie) headers.set('Cookie', `sid=${this.#cookie}`)
    if (this.#header) headers.set(HEADER, this.#header)
    const url = new URL(path, this.#base)
    if (this.#parameter) url.searchParams.set('sid', this.#parameter)
    const response = await fetch(url, {
      method,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE),
      ...(fields && { body: new URLSearchParams(fields) }),
    })
    this.#keep(response.headers)
    const text = await response.text()
    return {
      status: response.status,
      location: response.headers.get('location') ?? undefined,
      body: response.headers.get('content-type')?.includes('json')
        ? (JSON.parse(text) as Answer['body'])
        : { text },
    }
  }

  #keep(headers: Headers): void {
    for (const line of headers.getSetCookie()) this.#cookie = COOKIE.exec(line)?.[1] ?? this.#cookie
    this.#header = headers.get(HEADER) ?? this.#header
    const link = headers.get('link')
    if (link !== null) this.#parameter = LINK.exec(link)?.[1] ?? ''
  }
}

import type { FakeClock } from '../../src/testing/fake-clock.ts'
import { DEFAULT_TOKEN, tokenToId } from '../../src/token.ts'
import { type Answer, exchange } from './exchange.ts'
import { asCookie, Jar, parseLine } from './jar.ts'
import type { Cookie, Step } from './scenario.ts'
import { Named, type Symbols } from './symbols.ts'
import { tampered } from './tamper.ts'
import { EPOCH, seconds } from './visit.ts'

/** What a client sees of a request. */
export interface Seen {
  readonly status: number
  readonly location: string | undefined
  readonly body: string
  readonly setCookie: 'none' | readonly Cookie[]
  readonly sidChanged: boolean
}

const TOKEN = DEFAULT_TOKEN.validate as RegExp

/** The clients of a scenario: what each of them keeps, and what it sends. */
export class Clients {
  readonly #clock: FakeClock
  readonly #symbols: Symbols
  readonly #jars = new Map<string, Jar>()
  readonly #saved = new Map<string, string>()
  /** Every token that was sent to a client. */
  readonly tokens: Set<string> = new Set<string>()
  /** The record travels in the cookie: there is no telling one from another. */
  sealed = false

  constructor(clock: FakeClock, symbols: Symbols) {
    this.#clock = clock
    this.#symbols = symbols
  }

  async send(step: Step, url: string, id: string, onHeaders: () => void): Promise<Seen> {
    this.#clock.set(EPOCH + step.at * 1000)
    const jar = this.#jarOf(step.client)
    if (step.stealCookiesFrom !== undefined) jar.copy(this.#jarOf(step.stealCookiesFrom))
    const before = jar.content
    const cookie = this.#cookieHeader(step, jar)
    if (step.saveCookieAs !== undefined) this.#saved.set(step.saveCookieAs, cookie)
    const headers = { ...headersOf(step), 'x-step': id, ...(cookie !== '' && { cookie }) }
    const path = this.#symbols.fill(step.path ?? '/')
    const answer = await exchange({ url, path, headers }, onHeaders)
    return {
      status: answer.status,
      location: answer.location,
      body: answer.body,
      setCookie: this.#take(jar, answer),
      sidChanged: jar.content !== before,
    }
  }

  #take(jar: Jar, { lines }: Answer): 'none' | readonly Cookie[] {
    const cookies = lines.map(parseLine).map((line): Cookie => {
      jar.take(line)
      return asCookie(line, this.#clock(), seconds, this.#valueOf(line.value))
    })
    return cookies.length > 0 ? cookies : 'none'
  }

  #valueOf(text: string): string | Named {
    if (!this.sealed && !TOKEN.test(text)) return text
    if (text !== '') this.tokens.add(text)
    return this.sealed ? 'SEALED' : new Named(tokenToId(text), text)
  }

  #cookieHeader(step: Step, jar: Jar): string {
    if (step.noCookies === true) return ''
    if (step.rawCookie !== undefined) return this.#symbols.fill(step.rawCookie)
    if (step.replayCookie !== undefined) return this.#saved.get(step.replayCookie) ?? ''
    const header = jar.header(step.path ?? '/', step.https === true)
    return step.tamperCookie === undefined ? header : tampered(header, step.tamperCookie)
  }

  #jarOf(client: string): Jar {
    const jar = this.#jars.get(client) ?? new Jar(this.#clock)
    this.#jars.set(client, jar)
    return jar
  }
}

/** The server believes the proxy that each client seems to be behind. */
function headersOf({ address, https, userAgent = 'UA/1', headers = {} }: Step): Record<string, string> {
  return {
    'x-forwarded-for': address ?? '10.0.0.1',
    'x-forwarded-proto': https === true ? 'https' : 'http',
    ...(userAgent !== null && { 'user-agent': userAgent }),
    ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
  }
}

import { describe } from '../checks/messages.ts'

/**
 * What shows a session: a `Cookie` header, the `Set-Cookie` lines of a response, a whole response of superagent or of
 * `fetch`, or what `mintSession` returned.
 */
export type SessionCarrier =
  | string
  | readonly string[]
  | {
      readonly headers: Headers | object
      /** URL of the response or of the request, for a `ParameterState`. */
      readonly url?: string | ((url: string) => string) | undefined
    }

/** The request that shows what was carried. */
interface Shown {
  readonly headers: Readonly<Record<string, string>>
  readonly url: string | undefined
}

/** Of a response: they say nothing of a client. */
const NOT_SENT_BACK = /^(?:set-cookie|connection|transfer-encoding|content-.*|keep-alive)$/

/** @throws TypeError for what carries nothing. */
export function shownBy(carrier: SessionCarrier): Shown {
  if (typeof carrier === 'string') return { headers: { cookie: carrier }, url: undefined }
  if (isLines(carrier)) return { headers: { cookie: cookieHeader(carrier) }, url: undefined }
  const { headers, url } = Object(carrier) as { headers?: unknown; url?: unknown }
  if (typeof headers !== 'object' || headers === null) {
    throw new TypeError(
      'Expected a Cookie header, Set-Cookie lines, a response, or what mintSession() returned, ' +
        `got ${typeof carrier === 'object' ? describe(carrier) : typeof carrier}`,
    )
  }
  return { headers: sentBack(headers), url: pathOf(typeof url === 'function' ? url('/') : url) }
}

/** What a browser would make of `Set-Cookie` lines: of one name the last counts, and an empty value is none. */
export function cookieHeader(lines: readonly string[]): string {
  const jar = new Map<string, string>()
  for (const line of lines) {
    const pair = line.split(';', 1)[0]!.trim()
    const name = pair.split('=', 1)[0]!
    if (pair === `${name}=`) jar.delete(name)
    else jar.set(name, pair)
  }
  return [...jar.values()].join('; ')
}

function isLines(carrier: unknown): carrier is readonly string[] {
  return Array.isArray(carrier) && carrier.every((line) => typeof line === 'string')
}

function sentBack(given: object): Record<string, string> {
  const headers = new Map<string, string>()
  const entries = given instanceof Headers ? [...given] : Object.entries(given)
  for (const [name, value] of entries) {
    if (typeof value === 'string' && !NOT_SENT_BACK.test(name)) headers.set(name.toLowerCase(), value)
  }
  const lines =
    given instanceof Headers ? given.getSetCookie() : [Reflect.get(given, 'set-cookie') ?? []].flat()
  if (isLines(lines) && lines.length > 0) headers.set('cookie', cookieHeader(lines))
  return Object.fromEntries(headers)
}

/** Path and query of a URL, which may be relative. */
function pathOf(url: unknown): string | undefined {
  if (typeof url !== 'string' || !URL.canParse(url, 'http://localhost')) return undefined
  const { pathname, search } = new URL(url, 'http://localhost')
  return pathname + search
}

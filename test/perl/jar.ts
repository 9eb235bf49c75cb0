import type { FakeClock } from '../../src/testing/fake-clock.ts'
import type { Cookie } from './scenario.ts'

interface Kept {
  readonly name: string
  readonly value: string
  readonly path: string
  readonly secure: boolean
  /** Milliseconds since the epoch. */
  readonly expires: number
}

/** A `Set-Cookie` line, taken apart. */
export interface CookieLine {
  readonly name: string
  readonly value: string
  /** With names in lower case, as the recording has them. */
  readonly attributes: ReadonlyMap<string, string | true>
}

export function parseLine(line: string): CookieLine {
  const [pair = '', ...rest] = line.split(';').map((part) => part.trim())
  const attributes = rest.map((part): [string, string | true] => {
    const [name, value] = halves(part)
    return [name.toLowerCase(), value ?? true]
  })
  const [name, value = ''] = halves(pair)
  return { name, value, attributes: new Map(attributes) }
}

/** What a client keeps: heeds path, expiry and `secure`, by the virtual clock. */
export class Jar {
  readonly #clock: FakeClock
  #kept: readonly Kept[] = []

  constructor(clock: FakeClock) {
    this.#clock = clock
  }

  take(line: CookieLine): void {
    const path = line.attributes.get('path')
    const cookie: Kept = {
      name: line.name,
      value: line.value,
      path: typeof path === 'string' ? path : '/',
      secure: line.attributes.has('secure'),
      expires: expiryOf(line),
    }
    const others = this.#kept.filter(({ name, path }) => name !== cookie.name || path !== cookie.path)
    this.#kept = [...others, cookie]
  }

  copy(other: Jar): void {
    this.#kept = other.#kept
  }

  /** The `Cookie` header. */
  header(path: string, secure: boolean): string {
    return this.#live()
      .filter((cookie) => path.startsWith(cookie.path) && (secure || !cookie.secure))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')
  }

  /** All cookies that are alive, as text to compare. */
  get content(): string {
    return this.#live()
      .map(({ name, value }) => `${name}=${value}`)
      .toSorted()
      .join('; ')
  }

  /** As the recording does it, a cookie is over at the very second of its expiry. */
  #live(): readonly Kept[] {
    return this.#kept.filter(({ expires }) => expires > this.#clock())
  }
}

/** When the cookie ends, in milliseconds since the epoch. */
export function expiryOf({ attributes }: CookieLine): number {
  const expires = attributes.get('expires')
  return typeof expires === 'string' ? Date.parse(expires) : Infinity
}

/** The line as the recording would show it. */
export function asCookie(
  line: CookieLine,
  now: number,
  seconds: (time: number) => string,
  value: unknown,
): Cookie {
  const cleared = expiryOf(line) <= now
  const attributes: Record<string, string | boolean> = {}
  for (const [name, value] of line.attributes) {
    // The recordings have none: it has to say the same as Expires.
    if (name === 'max-age' && Number(value) === (cleared ? 0 : Math.ceil((expiryOf(line) - now) / 1000)))
      continue
    if (name !== 'expires') attributes[name] = value
    // When a cookie that is cleared has been over does not matter.
    else if (!cleared) attributes[name] = seconds(expiryOf(line))
  }
  return { name: line.name, action: cleared ? 'cleared' : 'set', value, attributes }
}

function halves(text: string): [string, string?] {
  const equals = text.indexOf('=')
  return equals < 0 ? [text] : [text.slice(0, equals), text.slice(equals + 1)]
}
